import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { StageReport } from "../../src/engine/report.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { imbalances, total } from "../e2e/ledger.ts";
import { type Aside, aside } from "./aside.ts";
import { type DrillRun, drill } from "./drill.ts";
import type { Mood } from "./outages/mood.ts";
import { type OutageTarget, scratch } from "./outages/outage-target.ts";
import { MOODS, OUTAGES, type OutageRow } from "./outages/table.ts";

/** Sinks in turn, a few a day, each away for a second; `--sink` names one, and `--seconds 20` is all of it. */
const SECONDS = Number(process.env.FTS_DRILL_SECONDS || 1);
const IS_LONG = SECONDS >= 10;
const A_DAY = 2;
const RECOVERY_SECONDS = 5;
/** Of a target that answers nothing what lay in a connection that broke is lost, of one that forgets what it had when killed. */
const MOST = 0.9;
const MIN_SPEED_PERCENT = 95;
const PAIRS = 9;
const NAMES = Object.keys(OUTAGES);

for (const name of chosen()) {
  const row = OUTAGES[name];
  if (row === undefined) throw new Error(`no sink ${name}: ${NAMES.join(", ")}`);
  drill(`${name}: an outage loses nothing that is spilled, is counted, and harms nobody else`, 1, async (run) => {
    if (row.skip) run.t.skip(row.skip);
    else await outage(row, run);
  });
}

function chosen(): readonly string[] {
  const { FTS_DRILL_SINK: sink, FTS_DRILL_SECONDS: seconds, FTS_DRILL_SEED: seed } = process.env;
  if (sink) return sink.split(",");
  if (seconds) return NAMES;
  const turn = A_DAY * Number(seed || Math.floor(Date.now() / 86_400_000));
  return Array.from({ length: A_DAY }, (_, n) => NAMES[(turn + n) % NAMES.length] ?? "");
}

/** A daemon with a sink that spills, the same one without, and another pipeline. */
interface Scene {
  readonly daemon: DaemonProcess;
  readonly targets: readonly OutageTarget[];
  readonly load: Aside;
}

async function outage(row: OutageRow, { t, times, say }: DrillRun): Promise<void> {
  const targets = [await row.start(t), await row.start(t)] as const;
  const [spilling, plain] = targets;
  const routes = `import * as fts from "fast-ts";
const { bitBucket, filter, pipeline, ${row.sink("", "").replace(/\(.*/s, "")} } = fts;
// Not what the daemon says of outages.
const loaded = filter((e) => /^e[0-9]/.test(e.service ?? ""));
pipeline("spill", [loaded, ${row.sink(spilling.address, `name: "spill", timeout: 1, spill: true`)}]);
pipeline("plain", [loaded, ${row.sink(plain.address, `name: "plain", timeout: 1, maxEvents: 5_000`)}]);
pipeline("other", [loaded, bitBucket()]);`;
  const daemon = await DaemonProcess.start(t, { "r.ts": routes }, ["--workers", "1", "--data", scratch(t)]);
  const load = aside(t, "outages/load", daemon.port, row.rate ?? 10_000);
  const scene = { daemon, targets, load };
  const slow: string[] = [];
  for (let round = 0; round < times; round++)
    for (const mood of row.moods ?? MOODS) {
      await delivering(scene, "before", 1);
      const memory = new Memory(daemon);
      for (const target of targets) await target.become(mood);
      await memory.watch(mood === "away" ? SECONDS : SECONDS / 2);
      for (const target of targets) await target.become("well");
      const seconds = await delivering(scene, `after ${mood}`, 1);
      say(`${mood}: recovered in ${seconds.toFixed(1)} s; ${memory.words}`);
      if (IS_LONG && seconds >= RECOVERY_SECONDS) slow.push(`${mood}: back after ${seconds} s`);
      assert.ok(!IS_LONG || memory.isFlat, `${mood}: ${memory.words}`);
    }
  if (IS_LONG) {
    const { speed, rate, well, away } = await keptInAnOutage(scene, row.rate === undefined ? "full" : "go");
    say(
      `others keep ${speed} % of their speed by processor time (${well} µs an event, then ${away}), ${rate} % by rate`,
    );
    if (speed < MIN_SPEED_PERCENT) slow.push(`others keep ${speed} % of their speed`);
  }
  const sent = await load.ask<number>("stop");
  const reports = await daemon
    .until(
      "all to be delivered",
      async () => {
        const { pipelines } = await daemon.tree();
        return pipelines.every((one) => sinkOf(one).handled === sent && sinkOf(one).pending === 0) && pipelines;
      },
      300,
    )
    .catch(async (error: unknown) => {
      say(`${sent} sent; ${(await daemon.page("/api/targets")).text}`);
      throw error;
    });
  assert.deepEqual(reports.flatMap(imbalances), []);
  const [other, dropping, spilled] = ["other", "plain", "spill"].map((name) =>
    reports.find((one) => one.name === name),
  );
  assert.ok(other && dropping && spilled);
  assert.deepEqual([sinkOf(other).handled, other.shed, other.restarts], [sent, 0, 0], "other pipelines do not notice");
  assert.deepEqual([spilled.shed, sinkOf(spilled).delivered, total(sinkOf(spilled).dropped)], [0, sent, 0], "spilled");
  const { delivered, dropped } = sinkOf(dropping);
  assert.deepEqual([dropping.shed, delivered + dropped.overflow, total(dropped)], [0, sent, dropped.overflow], "plain");
  const told = [judged(row, await spilling.received(), sent), judged(row, await plain.received(), delivered)];
  say(`spill: ${sent} sent, ${told[0]}; plain: ${delivered} delivered, ${dropped.overflow} dropped, ${told[1]}`);
  assert.equal((await daemon.stop()).code, 0);
  assert.deepEqual(slow, [], `back within ${RECOVERY_SECONDS} s, and no slower`);
}

/** What the target has got, against what it was to get. */
function judged({ knows = "all", isOrdered, isOnce }: OutageRow, got: readonly number[], expected: number): string {
  const first = [...new Set(got)];
  const again = got.length - first.length;
  if (knows === "some") {
    assert.ok(first.length > 0);
    return `${first.length} named`;
  }
  // A target may have got what was given up when its answer was lost.
  const least = knows === "all" ? expected : MOST * expected;
  assert.ok(first.length >= least, `${expected - first.length} are missing`);
  if (isOnce) assert.equal(again, 0, "came twice");
  if (isOrdered)
    assert.deepEqual(
      first.findIndex((number, at) => number < (first[at - 1] ?? 0)),
      -1,
      "in order",
    );
  return `${first.length} arrived, ${again} again`;
}

function sinkOf({ stages }: { readonly stages: readonly StageReport[] }): StageReport {
  const sink = stages.at(-1);
  assert.ok(sink);
  return sink;
}

/** Seconds until both sinks have delivered something more. */
async function delivering({ daemon }: Scene, when: string, count: number): Promise<number> {
  const begun = performance.now();
  const delivered = async () =>
    (await daemon.tree()).pipelines.filter(({ name }) => name !== "other").map((one) => sinkOf(one).delivered);
  const before = await delivered();
  await daemon.until(`something to be delivered ${when}`, async () =>
    (await delivered()).every((now, at) => now >= (before[at] ?? 0) + count),
  );
  return (performance.now() - begun) / 1000;
}

/** What a daemon uses while its target is not well: no more in the second half of the time than in the first. */
class Memory {
  readonly #daemon: DaemonProcess;
  #halves = [0, 0];

  constructor(daemon: DaemonProcess) {
    this.#daemon = daemon;
  }

  async watch(seconds: number): Promise<void> {
    for (let at = 0; at < seconds; at += 0.25) {
      await sleep(250);
      const half = at < seconds / 2 ? 0 : 1;
      this.#halves[half] = Math.max(this.#halves[half] ?? 0, this.#daemon.megabytes);
    }
  }

  get isFlat(): boolean {
    const [first = 0, second = 0] = this.#halves;
    return second < 1.25 * first + 64;
  }

  get words(): string {
    return `memory at most ${this.#halves.map(Math.round).join(", then ")} MB`;
  }
}

interface Kept {
  /** What is left of the daemon's speed while the targets are away, percent: by its processor time for an event, and by its rate. */
  readonly speed: number;
  readonly rate: number;
  /** Processor time for an event, microseconds. */
  readonly well: number;
  readonly away: number;
}

/** @param order - For the load: as much as is taken, or, where a target takes less for long, as before. */
async function keptInAnOutage({ daemon, targets, load }: Scene, order: "full" | "go"): Promise<Kept> {
  const costOf = async (mood: Mood): Promise<Cost> => {
    await load.ask("pause");
    await daemon.until("all to have caught up", async () => (await pendingOf(daemon)) === 0, 600);
    for (const target of targets) await target.become(mood);
    await load.ask(order);
    const cost = await costInASecond(daemon);
    for (const target of targets) await target.become("well");
    return cost;
  };
  const pairs: (readonly [Cost, Cost])[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    // By turns, as what comes second finds the heap grown, and each from the start, as a queue that is full costs more.
    const away = pair % 2 === 1 ? await costOf("away") : null;
    const well = await costOf("well");
    pairs.push([well, away ?? (await costOf("away"))]);
  }
  const percent = (ratio: (well: Cost, away: Cost) => number): number =>
    Math.round(100 * median(pairs.map(([well, away]) => ratio(well, away))));
  return {
    speed: percent((well, away) => well.cpu / away.cpu),
    rate: percent((well, away) => away.rate / well.rate),
    well: Math.round(1e6 * median(pairs.map(([well]) => well.cpu))),
    away: Math.round(1e6 * median(pairs.map(([, away]) => away.cpu))),
  };
}

async function pendingOf(daemon: DaemonProcess): Promise<number> {
  const { pipelines } = await daemon.tree();
  return Math.max(...pipelines.map((one) => sinkOf(one).pending));
}

/** Seconds of processor time for an event, and events a second. */
interface Cost {
  readonly cpu: number;
  readonly rate: number;
}

async function costInASecond(daemon: DaemonProcess): Promise<Cost> {
  const begun = performance.now();
  const [before, cpu] = [(await daemon.pipeline("other")).accepted, daemon.cpuSeconds];
  await sleep(1000);
  const [after, used] = [(await daemon.pipeline("other")).accepted, daemon.cpuSeconds - cpu];
  return { cpu: used / (after - before), rate: (after - before) / (performance.now() - begun) };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
