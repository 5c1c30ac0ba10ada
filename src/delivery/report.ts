import { DROP_REASONS, type DropReason } from "../core/stage.ts";

/** How often values fell up to each bound. */
export class Buckets {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const slot = at < 0 ? this.#bounds.length : at;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#sum += value;
  }

  get copy(): BucketCounts {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum };
  }
}

/** `counts[i]` values lie above `bounds[i - 1]` and not above `bounds[i]`; the last count is of those above all bounds. */
export interface BucketCounts {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** What became of what a target was given, in items (a list is one) since it was made; every number only grows. */
export interface TargetCounts {
  taken: number;
  /** When its spill was opened, by `elapsed` of the thread's clock; null: it was not. */
  openedAt: number | null;
  /** Items that were there then. */
  recovered: number;
  /** How often the disk began to fail. */
  spillFailures: number;
  /** What is wrong with the disk; null when nothing is. */
  spillError: string | null;
  delivered: number;
  deliveredEvents: number;
  readonly dropped: Record<DropReason, number>;
  /** Writes that were tried again. */
  retries: number;
  /** When the target last took something, Unix seconds; null when it never did. */
  lastSuccess: number | null;
  readonly batchSizes: Buckets;
  readonly seconds: Buckets;
}

export function newTargetCounts(): TargetCounts {
  const dropped = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0]));
  return {
    taken: 0,
    recovered: 0,
    spillFailures: 0,
    delivered: 0,
    deliveredEvents: 0,
    retries: 0,
    openedAt: null,
    spillError: null,
    lastSuccess: null,
    dropped: dropped as Record<DropReason, number>,
    batchSizes: new Buckets([1, 10, 50, 100, 500, 1000, 5000]),
    seconds: new Buckets([0.005, 0.025, 0.1, 0.5, 2.5, 10, 60]),
  };
}

/** One target as operators see it: taken + recovered = delivered + pending + spilled + all that was dropped. */
export interface TargetReport {
  readonly target: string;
  readonly taken: number;
  /** Items that were spilled before this process began. */
  readonly recovered: number;
  readonly delivered: number;
  readonly deliveredEvents: number;
  /** Items that it holds in memory alone. */
  readonly pending: number;
  /** Items that wait for it on disk. */
  readonly spilled: number;
  readonly spillFailures: number;
  readonly spillError: string | null;
  /** When the oldest of what waits came, Unix seconds of now, however the clock was set since; null when nothing does. */
  readonly oldest: number | null;
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly retries: number;
  /** `open`: its last writes failed, one at a time is tried. */
  readonly circuit: "open" | "closed";
  readonly lastSuccess: number | null;
  readonly batchSizes: BucketCounts;
  readonly seconds: BucketCounts;
}

/** The spill of a target while one thread has it; times by `elapsed` of the thread's clock, the same for all of a process. */
export interface ThreadSpillReport {
  readonly openedAt: number;
  /** Items that were there. */
  readonly found: number;
  /** Null while the thread lives. */
  readonly endedAt: number | null;
  /** Items that the thread left there when it ended. */
  readonly left: number;
}

/** What one thread knows of a target: items that it found on disk count as recovered, whoever spilled them. */
export interface ThreadTargetReport extends TargetReport {
  readonly spills: readonly ThreadSpillReport[];
}

export function reportOf(
  counts: TargetCounts,
  now: Pick<TargetReport, "target" | "pending" | "spilled" | "oldest" | "circuit">,
): ThreadTargetReport {
  const { dropped, batchSizes, seconds, openedAt, ...numbers } = counts;
  return {
    ...now,
    ...numbers,
    spills: openedAt === null ? [] : [{ openedAt, found: counts.recovered, endedAt: null, left: 0 }],
    dropped: { ...dropped },
    batchSizes: batchSizes.copy,
    seconds: seconds.copy,
  };
}

/** A target whose spill the disk does not take. */
export interface FailingSpillReport {
  readonly target: string;
  readonly error: string;
}

/** Spill on disk that no target has taken up. */
export interface UnclaimedSpillReport {
  readonly target: string;
  /** The name of its directory, as `fast-ts spill` has it. */
  readonly name: string;
  readonly items: number;
  readonly bytes: number;
}
