import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { SystemClock } from "../src/core/clock.ts";
import type { Event } from "../src/core/event.ts";
import type { Giver, SpillSettings, TargetScope } from "../src/core/target-port.ts";
import { Target } from "../src/delivery/target.ts";
import { decodedBatches } from "./decoded.ts";
import { median } from "./statistics.ts";

/*
 * What spill costs a target, memory alone against spill in turns, on the load generator's mix.
 *   node dist/bench/spill.js
 */
const ROUNDS = 5;
const EVENTS = 300_000;
/** Events that a turn of the worker gives. */
const TURN_EVENTS = 1_000;
const MAX_BYTES = 1024 ** 3;

const root = mkdtempSync(join(tmpdir(), "fast-ts-bench-"));
const clock = new SystemClock();
const silent = { info() {}, warn() {}, error: console.error };
const scope: TargetScope = { clock, log: silent, random: Math.random, dataDir: null, tell() {} };
const events = decodedBatches({ eventsPerMessage: TURN_EVENTS, count: EVENTS }).flat();
let directories = 0;

/** The processor time that the target takes for an event, nanoseconds: of all threads, those that write to the disk as well. */
async function nanoseconds(isSpilling: boolean, isBehind: boolean): Promise<number> {
  const dir = join(root, String(directories++));
  const spill: SpillSettings | null = isSpilling ? { dir, maxBytes: MAX_BYTES, fsync: 1 } : null;
  let sent = 0;
  // A target that is behind begins when all is given: with spill most of it is on disk then.
  let isUp = !isBehind;
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const write = async (items: readonly Event[]): Promise<void> => {
    if (!isUp) await begun;
    JSON.stringify(items);
    sent += items.length;
  };
  const settings = {
    ...{ maxEvents: isBehind && !isSpilling ? EVENTS : 50_000, maxBytes: 1024 ** 3, concurrency: 1, isOrdered: true },
    ...{ batch: { events: 500, bytes: 1024 ** 2, seconds: 0 }, timeout: 600, retryFor: 600, rate: null },
    ...{ onFull: "wait" as const, spill },
  };
  const target = new Target<Event>({ id: "bench", label: "bench", settings }, { write }, scope);
  while (isSpilling && target.counts.openedAt === null) await turn();
  const giver: Giver<Event> = { isEnded: false, pass() {}, taken() {}, delivered() {}, dropped() {}, lost() {} };
  const before = process.cpuUsage();
  for (let at = 0; at < events.length; await turn())
    for (const end = at + TURN_EVENTS; at < end && at < events.length; at++) {
      const event = events[at];
      const room = event === undefined ? null : target.offer(giver, event, 1, 300, event);
      if (room !== null) await room;
    }
  isUp = true;
  begin();
  while (sent < events.length) await turn();
  const { user, system } = process.cpuUsage(before);
  await target.close();
  rmSync(dir, { recursive: true, force: true });
  return ((user + system) * 1000) / events.length;
}

try {
  const rows: Record<string, string>[] = [];
  for (const isBehind of [false, true]) {
    const pairs: (readonly [number, number])[] = [];
    for (let round = 0; round < ROUNDS; round++)
      pairs.push([await nanoseconds(false, isBehind), await nanoseconds(true, isBehind)]);
    const [memory, spill] = [median(pairs.map(([a]) => a)), median(pairs.map(([, b]) => b))];
    const rate = median(pairs.map(([a, b]) => a / b));
    rows.push({
      target: isBehind ? "behind: all comes to the disk and back" : "well: it keeps up",
      ...{
        "memory, cpu ns": memory.toFixed(0),
        "spill, cpu ns": spill.toFixed(0),
        "rate of that without": rate.toFixed(2),
      },
    });
  }
  console.table(rows);
} finally {
  rmSync(root, { recursive: true, force: true });
  clock.stop();
}
