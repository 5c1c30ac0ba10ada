import type { DropReason } from "./stage.ts";

/** Who gives items to a target: the books of one sink in one pipeline. */
export interface Giver<T> {
  /** Its run is over: what it waits with for room is not taken any more. */
  readonly isEnded: boolean;
  /** `count` of its items are the target's now: each is delivered or dropped later. */
  taken(count: number): void;
  /** `count` of its items reached the target. */
  delivered(count: number): void;
  /** These of its items are given up, and why; `answer` is what the target or the error said. */
  dropped(items: readonly T[], reason: DropReason, answer: string): void;
}

/** The queue of a target, as a sink sees it. */
export interface TargetPort<T> {
  /**
   * Takes an item, or gives it or the oldest one up. A promise when its giver is to wait for room: resolves with whether
   * the item was taken then; it is not when the giver has ended meanwhile.
   *
   * @param events - How many events it stands for.
   * @param bytes - About how much memory it takes.
   */
  offer(giver: Giver<T>, item: T, events: number, bytes: number): Promise<boolean> | null;
}
