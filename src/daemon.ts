import { SystemClock } from "./core/clock.ts";
import { type Disk, openDisk } from "./disk.ts";
import { isAlike } from "./host/spread-record.ts";
import { createLog, type ProcessLog } from "./log.ts";
import { resolveOptions, unknownVariables } from "./resolve-options.ts";
import { type Daemon, RunningDaemon } from "./running-daemon.ts";
import { logWarnings } from "./runtime/process-warnings.ts";
import type { DaemonOptions, DaemonSettings } from "./settings.ts";

export type { Daemon } from "./running-daemon.ts";
export type { DaemonOptions } from "./settings.ts";

/**
 * Starts the router: loads the routes, opens the ports.
 *
 * @throws FastTsError `FTS_OPTION` on a wrong option, `FTS_ROUTES` when the routes cannot be loaded, `FTS_START` when a
 * port or the file to record in cannot be opened. Nothing is left running then.
 * @example
 * const daemon = await start({ port: 0, httpPort: false, routeDir: "routes", workers: 0 });
 * await daemon.stop();
 */
export async function start(options: DaemonOptions = {}): Promise<Daemon> {
  return startWith(resolveOptions(options, process.env), () => {});
}

/**
 * The same, in a process of its own: what Node warns of goes to the log.
 *
 * @internal
 */
export async function startAlone(options: DaemonOptions): Promise<Daemon> {
  return startWith(resolveOptions(options, process.env), (log) => logWarnings(log, new SystemClock()));
}

async function startWith(settings: DaemonSettings, logged: (log: ProcessLog) => unknown): Promise<Daemon> {
  const log = createLog({ level: settings.logLevel, format: settings.logFormat });
  logged(log);
  for (const { name, meant } of unknownVariables(process.env))
    log.warn("environment variable is not known", { name, ...(meant && { did_you_mean: meant }) });
  const clock = new SystemClock();
  const disk = await openDisk(settings, clock, log);
  const { before } = disk.state.spread;
  if (disk.journal === null || before === null || isAlike(before, settings))
    return listening(new RunningDaemon(settings, log, clock, disk));
  return movedFrom({ ...settings, ...before }, settings, log, clock, disk);
}

/**
 * Of a journal each part of a pipeline gets what came in since that part was saved. So pipelines are spread as before until it
 * is read, and stop: then all parts have come to its end, and others can go on from there.
 */
async function movedFrom(
  before: DaemonSettings,
  settings: DaemonSettings,
  log: ProcessLog,
  clock: SystemClock,
  disk: Disk,
): Promise<Daemon> {
  const was = { workers: before.workers, partition_key: before.partitionKey };
  log.info("the journal is read as pipelines were spread, then their state moves", was);
  const daemon = new RunningDaemon(before, log, clock, disk);
  await orStopped(daemon, () => daemon.load());
  const pipelines = await disk.state.unwritable();
  if (pipelines.length > 0) {
    log.error("state cannot be written, and so not move: pipelines are spread as before", { ...was, pipelines });
    return listening(daemon);
  }
  const { stuck } = await daemon.stop();
  const isMoved = stuck.length === 0;
  if (!isMoved) log.error("state could not be saved, nor move: pipelines are spread as before", { ...was, stuck });
  const [chosen, again] = [isMoved ? settings : before, new SystemClock()];
  return listening(new RunningDaemon(chosen, log, again, await openDisk(chosen, again, log)));
}

async function listening(daemon: RunningDaemon): Promise<Daemon> {
  await orStopped(daemon, () => daemon.open());
  return daemon;
}

async function orStopped(daemon: RunningDaemon, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    await daemon.stop();
    throw thrown;
  }
}
