/** Where in a pipeline's life an event came out that it reinjects: a replay has the same. */
export interface Origin {
  /** Of one that is in several workers: the name of its part. */
  readonly pipeline: string;
  /** By the clock of the journal. */
  readonly elapsed: number;
  /** How many came out at that very time, this one included. */
  readonly count: number;
}

/** Whether one came out later than the other, of the same pipeline. */
export function isAfter(one: Omit<Origin, "pipeline">, other: Omit<Origin, "pipeline">): boolean {
  return one.elapsed > other.elapsed || (one.elapsed === other.elapsed && one.count > other.count);
}
