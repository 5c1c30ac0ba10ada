import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type EventFields, event } from "../../src/core/event.ts";
import { EventIndex } from "../../src/kit/event-index.ts";
import type { Answer, Form } from "../../src/runtime/report.ts";
import { Search } from "../../src/runtime/search.ts";
import { decodeMsg } from "../../src/wire/codec.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { frameLength, HEADER } from "../../src/wire/frames.ts";
import { randomNumbers } from "../e2e/mutants.ts";
import { isWhole } from "../rounds.ts";
import { VirtualSlices } from "./virtual-slices.ts";

/** An index with these events, asked in virtual time: searching takes none unless `perLook` says so. */
function searching(...all: readonly EventFields[]) {
  const index = new EventIndex();
  for (const fields of all) index.put(event({ time: 0, ...fields }), 100_000);
  const thread = new VirtualSlices();
  const search = new Search(index, thread);
  /** Asks; nothing is looked for before slices are run. */
  const begin = async (query: string, form: Form = "frame"): Promise<Answer> => {
    const [answer] = await search.answer(query, [form]);
    assert.ok(answer !== undefined);
    return answer;
  };
  const ask = (query: string, form?: Form): Promise<Answer> => {
    const answer = begin(query, form);
    thread.runAll();
    return answer;
  };
  return { index, thread, search, begin, ask };
}

function bytesOf(answer: Answer): Buffer {
  assert.ok(answer.kind === "found", "error" in answer ? answer.error : "");
  return Buffer.from(answer.bytes);
}

/** What a client reads. */
function read(answer: Answer) {
  const frame = bytesOf(answer);
  assert.equal(frameLength(frame, 0), frame.length - HEADER);
  return decodeMsg(frame.subarray(HEADER));
}

test("what matches is one message that any client reads, with every field as it was", async () => {
  const full = { host: "a", service: "s", state: "ok", description: "é", metric: 0.1, time: 5.25, ttl: 30 };
  const { ask } = searching({ ...full, tags: ["t", "u"], attributes: { zone: "z" } }, { host: "b", metric: 2 });
  const { ok, events } = read(await ask('host = "a"'));
  assert.equal(ok, true);
  assert.deepEqual(events?.length, 1);
  const into: unknown[] = [];
  const frame = bytesOf(await ask('host = "a"'));
  new Decoder().decode(frame, HEADER, frame.length, 99, into as never[]);
  assert.deepEqual(JSON.parse(JSON.stringify(into)), [{ ...full, tags: ["t", "u"], attributes: { zone: "z" } }]);
});

test("nothing found is an answer as well", async () => {
  const { ask } = searching({ host: "a" });
  assert.deepEqual(read(await ask('host = "b"')), { ok: true });
  assert.equal(String(bytesOf(await ask('host = "b"', "lines"))), "");
});

test("as lines it is JSON, a line each", async () => {
  const { ask } = searching({ host: "a", metric: 1 }, { host: "b\nc", metric: Number.NaN });
  const lines = String(bytesOf(await ask("true", "lines"))).split("\n");
  assert.deepEqual(
    lines.slice(0, -1).map((line) => [JSON.parse(line).host, JSON.parse(line).metric]),
    [
      ["a", 1],
      ["b\nc", "NaN"],
    ],
  );
});

const HOSTS = Array.from({ length: 2345 }, (_, n) => ({ host: String(n), metric: n }));

test("a long answer is found and written in many slices, and is still one; as frame and as lines it costs one search", async () => {
  const { search, thread } = searching(...HOSTS);
  thread.perLook = 0.000_1;
  const answers = search.answer("metric >= 0", ["frame", "lines"]);
  let slices = 0;
  while (thread.slice()) slices++;
  assert.ok(slices > 100, `${slices} slices of 20 steps`);
  const [frame, lines] = await answers;
  assert.ok(frame !== undefined && lines !== undefined);
  const hosts = HOSTS.map(({ host }) => host);
  assert.deepEqual(
    read(frame).events?.map(({ host }) => host),
    hosts,
  );
  const written = String(bytesOf(lines)).trimEnd().split("\n");
  assert.deepEqual(
    written.map((line) => JSON.parse(line).host),
    hosts,
  );
});

test("nothing is looked at before the first slice, and nothing is copied: what changes meanwhile is found as it is then", async () => {
  const { begin, index, thread } = searching(...HOSTS);
  const asked = begin("metric >= 0");
  index.put(event({ host: "0", metric: 9999, time: 0 }), 100_000);
  thread.perLook = 0.000_1;
  thread.slice();
  for (const host of ["2344", "new", "2343"]) index.put(event({ host, metric: 1, time: 0 }), 100_000);
  index.remove(index.lookup("2342", null) ?? event({ time: 0 }));
  index.put(event({ host: "0", state: "expired", time: 0 }), 100_000);
  index.put(event({ host: "0", metric: 5, time: 0 }), 100_000);
  thread.runAll();
  const found = new Map(read(await asked).events?.map(({ host, metric_sint64 }) => [host, metric_sint64]));
  assert.deepEqual(
    ["0", "1", "2344", "2343", "2342", "new"].map((host) => found.get(host)),
    ["9999", "1", "1", "1", undefined, undefined],
  );
  assert.equal(found.size, 2344);
});

test("whatever is asked when: one search is done before the next begins, in order, a quarter of the time, or refused after 3 s", async () => {
  const random = randomNumbers(7);
  const { begin, thread } = searching(...HOSTS);
  thread.isLoaded = true;
  thread.perLook = 0.000_05;
  const all: { came: number; got: number; series: boolean; answer: Answer }[] = [];
  const ask = (query: string, series: boolean): void => {
    const came = thread.seconds;
    void begin(query, "lines").then((answer) => all.push({ came, got: thread.seconds, series, answer }));
  };
  let asked = 0;
  for (let wave = 0; wave < 8; wave++) {
    for (let left = random(100); left > 0; left--, asked++)
      if (random(5) === 0) ask(`host = "${random(3000)}" and service = nil`, true);
      else ask(`metric > ${asked} and metric < ${asked + random(50)}`, false);
    for (let slices = random(300); slices > 0; slices--) {
      thread.slice();
      await Promise.resolve();
    }
  }
  while (thread.slice()) await Promise.resolve();
  await turn();
  assert.equal(all.length, asked);
  const found = all.filter(({ answer }) => answer.kind === "found");
  const scans = found.filter(({ series }) => !series);
  assert.ok(
    scans.length > 100 && found.length < asked,
    `${scans.length} searches, ${found.length} of ${asked} answered`,
  );
  for (const [at, { came }] of scans.entries()) assert.ok(at === 0 || came >= (scans[at - 1]?.came ?? 0), "in order");
  // The last slice may begin just in time, with the rest behind it.
  for (const { came, got } of all) assert.ok(got - came < 3.1, `${got - came} s`);
  for (const { series, came, got, answer } of all)
    if (series) assert.equal("error" in answer ? `${answer.error} ${got - came}` : "", "", "a lookup is not refused");
    else if (answer.kind !== "found") {
      assert.match("error" in answer ? answer.error : "", /^the query (waited|was not done in) 3 s.*: ask again later/);
      assert.ok(got - came >= 3);
    }
  const rested = thread.rests.reduce((sum, rest) => sum + rest, 0);
  assert.ok(rested / thread.seconds > 0.73, `${1 - rested / thread.seconds} of the time`);
});

test("host and service are looked up, nil included", async () => {
  const { ask } = searching({ host: "a", service: "s", metric: 1 }, { host: "a", metric: 2 });
  const metrics = async (query: string) => read(await ask(query)).events?.map(({ metric_sint64 }) => metric_sint64);
  assert.deepEqual(await metrics('service = "s" and host = "a"'), ["1"]);
  assert.deepEqual(await metrics('host = "a" and service = nil'), ["2"]);
  assert.equal(await metrics('host = "b" and service = nil'), undefined);
});

test("a wrong query is told where", async () => {
  const { ask } = searching();
  const answer = await ask("state = ");
  assert.ok(answer.kind === "wrong" && answer.error.length > 0);
});

test("a search that works longer than 2 s is given up, so is one that is not done after 3 s", async () => {
  const said = async (query: string, events: number, isLoaded = false): Promise<string> => {
    const { ask, thread } = searching(...Array.from({ length: events }, (_, n) => ({ host: `${n}`, metric: n })));
    thread.perLook = 0.000_2;
    thread.isLoaded = isLoaded;
    const answer = await ask(query);
    return answer.kind === "failed" ? answer.error : answer.kind;
  };
  assert.equal(await said("metric >= 0", 5000), "found");
  const slow = "the query takes longer than 2 s: ask for fewer patterns, or fewer events";
  assert.equal(await said("metric >= 0", 15_000), slow);
  const interrupted = "the query was not done in 3 s, as events come first: ask again later, or for less";
  assert.equal(await said("metric >= 0", 5000, true), interrupted);
  const { begin, thread } = searching();
  const waits = begin("true");
  thread.seconds = 3.1;
  thread.runAll();
  const waited = "the query waited 3 s for those before it: ask again later; a host and service are looked up at once";
  assert.deepEqual(await waits, { kind: "failed", error: waited });
});

if (isWhole)
  test("an answer that is too long is not given", async () => {
    const description = "x".repeat(16 * 1024 * 1024);
    const { ask } = searching(...Array.from({ length: 4 }, (_, n) => ({ host: String(n), description })));
    const error = "the answer to the query is longer than 67108864 bytes: ask for fewer events";
    assert.deepEqual(await ask("true"), { kind: "failed", error });
    assert.equal(bytesOf(await ask('host = "1" or host = "2"', "lines")).length > 32 * 1024 * 1024, true);
  });

test("an event that cannot be written is told of, and not of the others' making", async () => {
  const { ask, index } = searching({ host: "a" });
  index.put(event({ host: "b", time: 0, tags: { length: 1 } as never }), 10);
  const answer = await ask("true");
  assert.match(answer.kind === "failed" ? answer.error : "", /^an event of the index cannot be written: /);
  assert.equal(read(await ask('host = "a"')).events?.length, 1);
});
