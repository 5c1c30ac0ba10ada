import { resolve } from "node:path";
import type { Clock } from "./core/clock.ts";
import { DataDirectory } from "./data-directory.ts";
import { StateStore } from "./host/state-store.ts";
import type { ProcessLog } from "./log.ts";
import { atMost } from "./runtime/shutdown.ts";
import type { DaemonSettings } from "./settings.ts";

/** What outlives the process. */
export interface Disk {
  readonly data: DataDirectory | null;
  readonly state: StateStore;
}

/**
 * Takes the directory of `--data`, and only then what is in it: another process may have it.
 *
 * @throws FastTsError `FTS_START` when another process has it, or something is there that is no directory.
 */
export async function openDisk(settings: DaemonSettings, clock: Clock, log: ProcessLog): Promise<Disk> {
  const { data: path, state: dir, stateInterval: interval } = settings;
  const data = path === false ? null : new DataDirectory(resolve(path), clock, log);
  try {
    await data?.open();
  } catch (thrown) {
    await atMost(clock, 1, log.flush());
    throw thrown;
  }
  return { data, state: await StateStore.open({ dir: dir === false ? null : resolve(dir), interval, clock, log }) };
}
