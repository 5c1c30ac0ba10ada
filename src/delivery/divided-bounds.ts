import type { TargetSettings } from "../core/target-port.ts";

/** Maximum on its way between two threads, for each target and worker, where items may be dropped when there is no room. */
const MAX_TRANSIT_EVENTS = 20_000;
const MAX_TRANSIT_BYTES = 16 * 1024 * 1024;

/** Whether bounds can be divided among so many workers; else all that feed the target are in one. */
export function isDivisible({ maxWriters = Infinity }: Pick<TargetSettings, "maxWriters">, workers: number): boolean {
  return workers <= maxWriters;
}

/** A worker's part of what holds for a target in the process. */
export function dividedSettings(settings: TargetSettings, workers: number): TargetSettings {
  if (!isDivisible(settings, workers)) return settings;
  const { maxEvents, maxBytes, concurrency, spill } = settings;
  const part = (all: number): number => Math.max(1, Math.floor(all / workers));
  return {
    ...settings,
    maxEvents: part(maxEvents),
    maxBytes: part(maxBytes),
    concurrency: part(concurrency),
    spill: spill && { ...spill, maxBytes: part(spill.maxBytes), totalBytes: spill.maxBytes },
  };
}

/**
 * How the items of a target wait in a worker for the thread of its writer. Who waits for room gets it there: of that target
 * a quarter of the bounds is the workers'.
 */
export function transitSettings(settings: TargetSettings, workers: number): TargetSettings {
  const { onFull, maxEvents, maxBytes } = settings;
  const isWaiting = onFull === "wait";
  return {
    maxEvents: isWaiting ? Math.max(1, Math.floor(maxEvents / 4 / workers)) : MAX_TRANSIT_EVENTS,
    maxBytes: isWaiting ? Math.max(1, Math.floor(maxBytes / 4 / workers)) : MAX_TRANSIT_BYTES,
    batch: { events: 2_000, bytes: 1024 * 1024, seconds: 0 },
    concurrency: 256,
    isOrdered: true,
    timeout: 1e9,
    retryFor: 1e9,
    onFull,
    rate: null,
    spill: null,
  };
}

/** What is left of the bounds for the thread of the writer. */
export function settingsBehindTransit(settings: TargetSettings, workers: number): TargetSettings {
  if (settings.onFull !== "wait") return settings;
  const { maxEvents, maxBytes } = transitSettings(settings, workers);
  return {
    ...settings,
    maxEvents: Math.max(1, settings.maxEvents - workers * maxEvents),
    maxBytes: Math.max(1, settings.maxBytes - workers * maxBytes),
  };
}
