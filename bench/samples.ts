import { readFileSync } from "node:fs";

/** What a process had used at a moment. */
export interface Sample {
  /** Seconds, monotonic. */
  readonly at: number;
  /** Seconds of processor time of all its threads, user and system. */
  readonly cpu: number;
  readonly rssBytes: number;
}

const EVERY_MS = 50;
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** Samples a process until told to stop. Without /proc there are no samples. */
export function sampleProcess(pid: number): () => readonly Sample[] {
  const samples: Sample[] = [];
  const take = (): void => {
    const sample = readSample(pid);
    if (sample !== null) samples.push(sample);
  };
  take();
  const timer = setInterval(take, EVERY_MS);
  return () => {
    clearInterval(timer);
    take();
    return samples;
  };
}

/** What a process has used so far; null when it is gone, or the system has no /proc. */
export function readSample(pid: number): Sample | null {
  try {
    // After the name, which may hold anything, come the fields from the third on (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const field = (number: number): number => Number(fields[number - 3]);
    return {
      at: performance.now() / 1000,
      cpu: (field(14) + field(15)) / TICKS_PER_SECOND,
      rssBytes: field(24) * PAGE_BYTES,
    };
  } catch {
    return null;
  }
}

/** Processor seconds per second in the measured `seconds` before the last sample, its edges left out; NaN if unknown. */
export function cpuShare(samples: readonly Sample[], seconds: number): number {
  const end = samples.at(-1)?.at ?? 0;
  const inside = samples.filter(({ at }) => at >= end - seconds * 0.9 && at <= end - seconds * 0.1);
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined || first === last) return Number.NaN;
  return (last.cpu - first.cpu) / (last.at - first.at);
}
