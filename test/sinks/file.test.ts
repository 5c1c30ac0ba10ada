import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { event } from "../../src/core/event.ts";
import type { TargetScope } from "../../src/core/target-port.ts";
import { FastTsError } from "../../src/errors.ts";
import { type FileOptions, file } from "../../src/sinks/file.ts";
import { open } from "../../src/sinks/file-writer.ts";
import { fixedEventWindow } from "../../src/stages/fixed-event-window.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { StepClock } from "../core/step-clock.ts";
import { until } from "../until.ts";
import { isBalanced } from "./live.ts";
import { Outside } from "./outside.ts";

const root = mkdtempSync(join(tmpdir(), "fts-file-"));
after(() => rmSync(root, { recursive: true }));
let dirs = 0;

const services = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ service: `s${from + i}`, time: 7 }));
const names = (from: number, to: number): string[] => services(from, to).map(({ service }) => service);
const read = (path: string): string[] =>
  (path.endsWith(".gz") ? gunzipSync(readFileSync(path)).toString() : readFileSync(path, "utf8"))
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line).service);

/** Runs `work` with the sink, in a directory of its own. */
async function withFile(options: FileOptions, work: (outside: Outside, path: string) => Promise<void>): Promise<void> {
  const path = join(root, `dir${dirs++}`, "sub", "events.ndjson");
  const outside = new Outside([file(path, options)], "file#0");
  try {
    await work(outside, path);
    assert.ok(isBalanced(outside.report), JSON.stringify(outside.report));
  } finally {
    outside.close();
  }
}

const rotatedOf = (path: string): string[] =>
  readdirSync(join(path, ".."))
    .filter((name) => name !== "events.ndjson")
    .sort((a, b) => withoutGz(a).localeCompare(withoutGz(b), "en", { numeric: true }));

/** As the first file of a second has no number, ".gz" would come behind that of the second one. */
const withoutGz = (name: string): string => name.replace(/\.gz$/, "");

test("events are lines as stdout prints them, in order, those of lists too", async () => {
  await withFile({ batch: { events: 10 } }, async (outside, path) => {
    outside.offer({ service: "a", metric: Number.NaN, time: 7 }, ...services(0, 100));
    await outside.settled();
    const [first] = readFileSync(path, "utf8").split("\n");
    assert.equal(first, JSON.stringify(event({ service: "a", metric: Number.NaN, time: 7 })));
    assert.deepEqual(read(path), ["a", ...names(0, 100)]);
    assert.equal(outside.report.delivered, 101);
  });
  const path = join(root, "lists.ndjson");
  const lists = new Outside([fixedEventWindow(3), file(path, { fsync: true })], "file#1");
  lists.offer(...services(0, 6));
  await lists.settled();
  assert.deepEqual([read(path), lists.report.delivered], [names(0, 6), 2]);
  lists.close();
});

test("what is there already is kept, and half a line of it is ended", async () => {
  await withFile({}, async (outside, path) => {
    outside.offer({ service: "a" });
    await outside.settled();
    outside.close();
    appendFileSync(path, '{"service":"hal');
    const again = new Outside([file(path)], "file#0");
    again.offer({ service: "b" });
    await again.settled();
    again.close();
    const lines = readFileSync(path, "utf8").split("\n");
    assert.deepEqual([lines.length, lines[1]], [4, '{"service":"hal']);
    assert.deepEqual([JSON.parse(lines[0] ?? "").service, JSON.parse(lines[2] ?? "").service], ["a", "b"]);
  });
});

test("a file that was moved away or removed is begun anew", async () => {
  await withFile({}, async (outside, path) => {
    outside.offer({ service: "a" });
    await outside.settled();
    renameSync(path, `${path}.1`);
    outside.offer({ service: "b" });
    await outside.settled();
    rmSync(path);
    outside.offer({ service: "c" });
    await outside.settled();
    assert.deepEqual([read(`${path}.1`), read(path)], [["a"], ["c"]]);
  });
});

test("a file is rotated before it has more bytes, and loses nothing", async () => {
  await withFile({ rotate: { bytes: 2000 }, batch: { events: 5 } }, async (outside, path) => {
    outside.offer(...services(0, 100));
    await outside.settled();
    const rotated = rotatedOf(path);
    assert.ok(rotated.length > 3);
    for (const name of rotated) {
      assert.match(name, /^events\.ndjson\.\d{8}T\d{6}Z(-\d+)?$/);
      assert.ok(readFileSync(join(path, "..", name)).length <= 2000);
    }
    const all = [...rotated.map((name) => join(path, "..", name)), path].flatMap(read);
    assert.deepEqual(all, names(0, 100));
  });
});

test("a file is rotated some seconds after it was begun, by whom ever, however the clock is set meanwhile", async () => {
  for (const offset of [-86_400, 86_400]) {
    const path = join(root, `dir${dirs++}`, "events.ndjson");
    const now = Date.now() / 1000;
    const begin = (ahead: number) => {
      const clock = new StepClock(now + ahead);
      const scope = { clock, log: { info() {}, warn() {}, error() {} } } as unknown as TargetScope;
      const writer = open({ path, rotate: { seconds: 60 }, gzip: false, fsync: false }, scope);
      return { clock, writer, write: () => writer.write(["{}\n"], new AbortController().signal, []) };
    };
    const first = begin(0);
    await first.write();
    first.clock.offset = offset;
    first.clock.advanceTo(now + 59);
    await first.write();
    assert.equal(rotatedOf(path).length, 0);
    first.clock.advanceTo(now + 61);
    await first.write();
    assert.equal(rotatedOf(path).length, 1);
    first.writer.close?.();
    const next = begin(30);
    await next.write();
    assert.equal(rotatedOf(path).length, 1, "it is not old enough");
    next.clock.advanceTo(now + 120);
    await next.write();
    assert.equal(rotatedOf(path).length, 2, "what an earlier process began counts");
    next.writer.close?.();
  }
});

test("rotated files are compressed, and the oldest removed", async () => {
  await withFile({ rotate: { bytes: 1000, keep: 2 }, gzip: true, batch: { events: 5 } }, async (outside, path) => {
    outside.offer(...services(0, 60));
    await outside.settled();
    const isTidy = (): boolean => rotatedOf(path).length === 2 && rotatedOf(path).every((name) => name.endsWith(".gz"));
    await until("two rotated files, compressed", isTidy, undefined, () => rotatedOf(path).join("\n"));
    const kept = rotatedOf(path).flatMap((name) => read(join(path, "..", name)));
    const current = read(path);
    assert.deepEqual([...kept, ...current], names(60 - kept.length - current.length, 60));
  });
});

test("a write that fails is tried again, and what is there of it is taken back", async () => {
  const blocked = join(root, "blocked");
  writeFileSync(blocked, "no directory");
  const path = join(blocked, "events.ndjson");
  const outside = new Outside([file(path)], "file#0");
  outside.offer(...services(0, 5));
  await outside.until(() => outside.live.log.length > 0);
  assert.equal(outside.report.pending, 5);
  assert.match(JSON.stringify(outside.live.log), /blocked/);
  rmSync(blocked);
  await outside.settled();
  assert.deepEqual([read(path), outside.report.delivered], [names(0, 5), 5]);
  outside.close();
});

test("a write that took too long comes once, whenever its time was over", async () => {
  const path = join(root, "late.ndjson");
  const scope = { clock: new VirtualClock(0), log: { info() {}, warn() {}, error() {} } } as unknown as TargetScope;
  const writer = open({ path, rotate: {}, gzip: false, fsync: false }, scope);
  const expected: string[] = [];
  for (let turns = 0; turns < 60; turns++) {
    const lines = services(turns, turns + 1).map((one) => `${JSON.stringify(one)}\n`);
    const abort = new AbortController();
    const writing = Promise.resolve(writer.write(lines, abort.signal, [])).then(
      () => true,
      () => false,
    );
    for (let n = 0; n < turns % 20; n++) await new Promise(setImmediate);
    abort.abort();
    if (!(await writing)) await writer.write(lines, new AbortController().signal, []);
    expected.push(`s${turns}`);
    assert.deepEqual(read(path), expected);
  }
  writer.close?.();
});

test("a full disk keeps the events, and leaves no half line", { skip: !existsSync("/dev/full") }, async () => {
  const outside = new Outside([file("/dev/full")], "file#0");
  outside.offer(...services(0, 5));
  await outside.until(() => outside.live.log.length > 0);
  assert.equal(outside.report.pending, 5);
  assert.match(JSON.stringify(outside.live.log), /ENOSPC/);
  outside.close();
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => file(""), /file\(path\): must be a string that is not empty/],
    [() => file("a", { rotate: { bytes: 0 } }), /file\(rotate.bytes\): must be a whole number >= 1, got 0/],
    [() => file("a", { rotate: { days: 1 } as never }), /file: rotate\(options\): there is no option "days"/],
    [() => file("a", { concurrency: 2 }), /file\(concurrency\): must be 1, as a file has one end, got 2/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
