import { type Child, startChild } from "./child.ts";
import { freePort } from "./free-port.ts";
import { type Load, type LoadReport, runLoad } from "./load-process.ts";
import { cpuShare, type Sample, sampleProcess } from "./samples.ts";
import type { Target } from "./target.ts";

/** One load against one fresh server. */
export interface Run {
  readonly report: LoadReport;
  /** Processor seconds per second of the server while it was measured; NaN if unknown. */
  readonly busy: number;
  /** Whether every event arrived once: no errors, and the server's totals are the load generator's. */
  readonly isExact: boolean;
  readonly samples: readonly Sample[];
  /** What the server printed. */
  readonly output: readonly string[];
}

const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** A pinned server that was less busy was kept from working by something else: its figures say nothing. */
export const MIN_BUSY = 0.95;
const MAX_TRIES = 4;
const STOP_MS = 15_000;

/** Measures a server; a single-threaded one again, a few times, when it could not work as it wanted. */
export async function measureBusy(target: Target, load: Load): Promise<Run> {
  let best: Run | null = null;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const run = await measure(target, load);
    if (!run.isExact) return run;
    if (best === null || run.busy > best.busy) best = run;
    if (!target.isSingle || !(best.busy < MIN_BUSY)) break;
  }
  return best ?? measure(target, load);
}

/** Measures a server once: a fresh process, the load, a stop, and the books compared. */
export async function measure(target: Target, load: Load): Promise<Run> {
  const { child, port } = await startServer(target);
  const stopSampling = sampleProcess(child.pid);
  const report = await runLoad(port, load, target.isSingle ? LOAD_CORE : null);
  const samples = stopSampling();
  const output = await stopServer(child);
  const isExact = report.errors === 0 && target.agrees(output, report);
  return { report, busy: cpuShare(samples, load.seconds), isExact, samples, output };
}

/** Starts a server and waits until it listens. */
export async function startServer(target: Target): Promise<{ readonly child: Child; readonly port: number }> {
  const port = await freePort();
  const child = startChild(target.command(port), target.isSingle ? SERVER_CORE : null);
  await child.saw("listening");
  return { child, port };
}

/** Stops a server; returns all it printed. */
export async function stopServer(child: Child): Promise<readonly string[]> {
  child.signal("SIGTERM");
  const kill = setTimeout(() => child.signal("SIGKILL"), STOP_MS);
  await child.ended;
  clearTimeout(kill);
  return child.output;
}
