import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { type Log, logTo } from "../../src/core/log.ts";
import { edgesOf } from "../../src/core/pipeline-edges.ts";
import { AlertStore } from "../../src/host/alert-store.ts";
import type { DryRunPipeline } from "../../src/routes/dry-run-report.ts";
import { fromKept, type KeptAlert, toKept } from "../../src/runtime/kept-alerts.ts";
import { alert } from "../../src/stages/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { declared } from "../routes/declared.ts";
import { MemoryFiles } from "../state/memory-files.ts";

const DAY = 86_400;

class Kept {
  readonly clock = new VirtualClock(100 * DAY);
  readonly files: MemoryFiles;
  readonly lines: string[] = [];
  readonly log: Log = logTo((level, message) => void this.lines.push(`${level} ${message}`));
  readonly store: AlertStore;

  constructor(files = new MemoryFiles(), dataDir: string | null = "/data", keepsState = false) {
    this.files = files;
    this.store = new AlertStore({ dataDir, keepsState, clock: this.clock, log: this.log, files });
  }

  /** Time passes, and with it what is saved in it. */
  async pass(seconds: number): Promise<void> {
    const end = this.clock.now() + seconds;
    for (;;) {
      for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
      if (!this.clock.runNext(end)) return;
    }
  }
}

const [{ keeps = "" } = {}] = edgesOf([alert([])]);

function open(pipeline: string, name: string, toldAt: number): KeptAlert {
  const times = { since: toldAt, okFor: 0, seen: toldAt, toldAt };
  const told = { isTold: true, severity: "critical", isSilenced: false, isAcknowledged: false, ok: null };
  const key = `${pipeline}/${name}`;
  const alert = { key, event: event({ time: 0 }), ...told, ...times };
  return toKept({ pipeline, stage: `${keeps}#0`, name, alert, changes: 1, isOver: false });
}

const routes = (...names: string[]): DryRunPipeline[] =>
  names.map((name) => declared(name, { edges: edgesOf([alert([])]) }));

test("a disk that fails is said once, and has all of it when it works again", async () => {
  const one = new Kept();
  await one.store.open();
  one.files.fault = (call) => (call === "write" ? new Error("ENOSPC") : null);
  one.store.keep([open("a", "x", 0)]);
  await one.pass(20);
  assert.equal(one.store.report.error, "ENOSPC");
  one.store.keep([open("a", "y", 0), { ...open("a", "x", 0), isOver: true }]);
  await one.pass(20);
  one.files.fault = () => null;
  await one.pass(20);
  assert.equal(one.store.report.error, null);
  assert.deepEqual(one.lines, [
    "error open alerts are not on disk: they are kept in memory, tried again every 5 s",
    "info open alerts are on disk again",
  ]);
  one.files.kill();
  const next = new Kept(one.files);
  await next.store.open();
  assert.deepEqual(
    next.store.of(["a", "b"]).map(({ name, isOver }) => `${name}${isOver ? "that is over" : ""}`),
    ["y", "that is over"],
  );
});

test("what changes is on disk within a second, and what changes last when it is closed", async () => {
  const one = new Kept();
  await one.store.open();
  one.store.keep([open("a", "x", 0)]);
  await one.pass(1);
  assert.ok(one.files.content("/data/alerts/00000000000000000001.seg").includes("a/x"));
  one.store.keep([open("a", "y", 0)]);
  await one.store.close();
  const next = new Kept(one.files);
  await next.store.open();
  assert.equal(next.store.of(["a"]).length, 2);
});

test("alerts that no pipeline looks after are said once, and forgotten after 30 days", async () => {
  const { store, lines, clock } = new Kept();
  await store.open();
  const now = clock.now();
  store.keep([open("a", "x", now), open("gone", "x", now - 29 * DAY), open("gone", "old", now - 31 * DAY)]);
  store.claim(routes("a"));
  store.claim(routes("a"));
  assert.deepEqual(store.report.unclaimed, [{ pipeline: "gone", alerts: 1, keys: ["gone/x"] }]);
  assert.deepEqual(lines, ["warn open alerts are kept that no pipeline looks after any more"]);
  assert.equal(store.of(["gone"]).length, 1);
  store.claim(routes("a", "gone"));
  assert.deepEqual(store.report.unclaimed, []);
});

test("how many changes a stage has had is kept for as long as its alerts may be, and never said", async () => {
  const one = new Kept();
  await one.store.open();
  const now = one.clock.now();
  const over = (pipeline: string, at: number): KeptAlert => ({ ...open(pipeline, "x", at), isOver: true });
  one.store.keep([open("a", "x", now), over("a", now), over("gone", now - 29 * DAY), over("old", now - 31 * DAY)]);
  one.store.claim(routes("a"));
  assert.deepEqual([one.store.report.unclaimed, one.lines], [[], []]);
  await one.store.close();
  const next = new Kept(one.files);
  await next.store.open();
  assert.deepEqual(next.lines, []);
  assert.deepEqual(
    next.store.of(["a", "gone", "old"]).map((kept) => [kept.pipeline, kept.isOver, fromKept(kept)?.changes]),
    [
      ["a", true, 1],
      ["gone", true, 1],
    ],
  );
});

test("without a disk it says once what a restart does, when there is an alert that is in no state", () => {
  const { store, lines } = new Kept(new MemoryFiles(), null);
  store.claim([]);
  assert.deepEqual(lines, []);
  store.claim(routes("a"));
  store.claim(routes("a", "b"));
  assert.deepEqual(lines, ["warn a restart forgets which alerts are open: start with --data DIR (or FTS_DATA)"]);
  const saved = new Kept(new MemoryFiles(), null, true);
  saved.store.claim(routes("a"));
  assert.deepEqual(saved.lines, []);
});
