import { openSync, readSync, writeSync } from "node:fs";
import { PerformanceObserver } from "node:perf_hooks";
import { isMainThread, threadId } from "node:worker_threads";

/*
 * Loaded into a daemon (`node --import`): measures in each of its threads for how long a call of a timer or an immediate,
 * with the promises that follow from it, keeps all others waiting. Prints what it has seen as a line of JSON every second.
 *
 * The time in which the thread waited for a processor does not count, nor more than all threads of the process worked
 * meanwhile: what others do to the machine is not to be seen.
 */

/** What one line says, from the begin of the thread on. Times are in ms. */
export interface TurnReport {
  readonly thread: string;
  readonly turns: number;
  /** Of turns of more than 5 ms, by what made them: how many, and the longest. */
  readonly causes: Readonly<Record<string, readonly [count: number, longest: number]>>;
}

const LONG_MS = 5;
const TELL_MS = 1000;
/** So long after a turn the collections within it are known. */
const SETTLED_MS = 500;
const MAX_CAUSE = 50;

interface Turn {
  readonly cause: string;
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

type Call = (...given: unknown[]) => unknown;

const { setTimeout: after, setImmediate: next, setInterval: every } = globalThis;
const causes: Record<string, [number, number]> = {};
let turns = 0;
let recent: Turn[] = [];
let collections: { readonly from: number; readonly to: number }[] = [];
const waited = waitedMs();

new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries())
    collections.push({ from: startTime, to: startTime + duration });
}).observe({ entryTypes: ["gc"] });

/** How long this thread has waited for a processor. Its file is read from the start each time, as the system makes it. */
function waitedMs(): () => number {
  const bytes = Buffer.alloc(64);
  try {
    const file = openSync("/proc/thread-self/schedstat", "r");
    return () => Number(bytes.toString("latin1", 0, readSync(file, bytes, 0, bytes.length, 0)).split(" ")[1]) / 1e6;
  } catch {
    return () => 0;
  }
}

function workedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function timed(call: Call): Call {
  return (...given) => {
    const [from, before, cpu] = [performance.now(), waited(), workedMs()];
    // The promises' turn comes after the call's, and once more behind what these had planned.
    process.nextTick(() => queueMicrotask(() => process.nextTick(() => took(call, from, before, cpu))));
    return call(...given);
  };
}

function took(call: Call, from: number, before: number, cpu: number): void {
  const to = performance.now();
  turns++;
  if (to - from <= LONG_MS) return;
  const ms = Math.min(to - from - (waited() - before), workedMs() - cpu);
  if (ms > LONG_MS) recent.push({ cause: String(call).replaceAll(/\s+/g, " ").slice(0, MAX_CAUSE), from, to, ms });
}

function count({ cause, from, to, ms }: Turn): void {
  const isCollecting = collections.some((one) => one.from < to && one.to > from);
  const name = isCollecting ? `garbage collection in ${cause}` : cause;
  const [times, longest] = causes[name] ?? [0, 0];
  causes[name] = [times + 1, Math.max(longest, ms)];
}

function tell(): void {
  const settled = performance.now() - SETTLED_MS;
  for (const turn of recent) if (turn.to <= settled) count(turn);
  recent = recent.filter(({ to }) => to > settled);
  collections = collections.filter(({ to }) => to > settled - TELL_MS * 10);
  const report: TurnReport = { thread: isMainThread ? "main thread" : `worker ${threadId}`, turns, causes };
  writeSync(1, `${JSON.stringify(report)}\n`);
}

Object.assign(globalThis, {
  setTimeout: Object.assign((call: Call, ...more: [number]) => after(timed(call), ...more), after),
  setImmediate: Object.assign((call: Call, ...more: []) => next(timed(call), ...more), next),
  setInterval: Object.assign((call: Call, ...more: [number]) => every(timed(call), ...more), every),
});
// Not at its end: the daemon ends its workers.
every(tell, TELL_MS).unref();
