import { type Cut, listOf, type Plain } from "../core/state.ts";
import { Actor, FINISH_SECONDS } from "./actor.ts";
import type { Holdings } from "./holdings.ts";
import type { StagePosition } from "./layout.ts";
import type { BranchOwner, FailureScope, OpenBranch, OwnChain } from "./run-scope.ts";
import type { KeyHolder } from "./state-budget.ts";

/**
 * A list of stages made live: each actor's `emit` is the next one's `receive`, the last one's is `output`. A whole run
 * is one; so is a branch, linked into the list of the actor that started it until it has ended.
 */
export class LiveChain implements OpenBranch, OwnChain {
  readonly holdings: Holdings;
  readonly receive: (value: unknown) => void;
  next: OpenBranch | null = null;
  previous: OpenBranch | null = null;
  readonly #actors: readonly Actor[];
  /** `null`: it is a run's, or has been dropped. */
  #owner: BranchOwner | null;
  /** At least `cutMark` of its run: it is in the cut, or new. Greater: it was written early, as that number in order. */
  mark: number;

  /** @param saved - What {@link save} gave, or `null`. */
  constructor(
    run: FailureScope,
    places: readonly StagePosition[],
    output: (value: unknown) => void,
    owner: BranchOwner | null,
    holdings: Holdings,
    saved: Plain,
  ) {
    this.holdings = holdings;
    this.#owner = owner;
    this.mark = run.scope.cutMark;
    const restored = saved === null ? null : run.scope.restored;
    const stages = restored === null ? [] : listOf(saved);
    // Of the exact length: a `by` has one of these per key, and a list that grows takes room for 17.
    const actors = new Array<Actor>(places.length);
    let next = output;
    let at = places.length;
    try {
      for (let place = places[at - 1]; place !== undefined; place = places[at - 1]) {
        const own = stages[restored?.matched[place.row] ?? -1] ?? null;
        const actor = new Actor(run, place, next, this, own);
        actors[--at] = actor;
        next = actor.receive;
      }
    } catch (thrown) {
      for (const actor of actors.slice(at)) actor.end("restart");
      throw thrown;
    }
    this.#actors = actors;
    this.receive = next;
    if (owner === null) return;
    this.next = owner.firstBranch;
    if (this.next !== null) this.next.previous = this;
    owner.firstBranch = this;
  }

  /** See {@link Actor.save}; the stages in their order. */
  save(cut: Cut | null): Plain {
    const owner = this.#owner;
    if (cut !== null && owner !== null) {
      const { cutMark } = owner.run.scope;
      if (this.mark > cutMark) return cut.earlier(this.mark - cutMark - 1);
      this.mark = cutMark;
    }
    // By index, as in the parts of a stage: `map` makes a third more garbage a snapshot (bench: state).
    const saved = new Array<Plain>(this.#actors.length);
    for (let at = 0; at < saved.length; at++) saved[at] = this.#actors[at]?.save(cut) ?? null;
    return saved;
  }

  /** From the outside in: what is saved of an outer branch has a place for this one. */
  changes(cut: Cut): void {
    const owner = this.#owner;
    if (owner === null) return;
    owner.changes();
    const { scope } = owner.run;
    if (!owner.holdsBranches || this.mark >= scope.cutMark || scope.closing.has(this)) return;
    this.mark = scope.cutMark + 1 + cut.early(() => this.save(cut));
    scope.lastMark = this.mark;
  }

  get firstPlace(): string | undefined {
    return this.#actors[0]?.place;
  }

  /** Emits what it holds, top to bottom, and ends: at once unless a stage awaits, else when all have settled. */
  close(): void {
    if (this.#owner === null || this.#owner.run.scope.closing.has(this)) return;
    if (this.#actors.every((actor) => actor.closeNow())) {
      this.drop("stop");
      return;
    }
    const { run } = this.#owner;
    const { closing } = run.scope;
    for (const actor of this.#actors) actor.release();
    const end = (): void => {
      if (!closing.has(this)) return; // its run has ended it
      this.drop("stop");
      run.settle();
    };
    const cancel = run.scope.thread.machine.after(FINISH_SECONDS, () => {
      this.flushNow();
      end();
    });
    closing.add(this, { cancel, ended: closeInOrder(this.#actors).then(end) });
  }

  /** Ends it, and leaves its owner's list. */
  drop(reason: "restart" | "stop"): void {
    this.end(reason);
    const owner = this.#owner;
    if (owner === null) return;
    this.#owner = null;
    if (this.previous !== null) this.previous.next = this.next;
    else if (owner.firstBranch === this) owner.firstBranch = this.next;
    if (this.next !== null) this.next.previous = this.previous;
  }

  /** See {@link Actor.flush}. */
  async flush(writing: PromiseLike<unknown>[]): Promise<void> {
    const closing = this.#owner?.run.scope.closing.get(this);
    if (closing !== undefined) return closing.ended;
    for (const actor of this.#actors) await actor.flush(writing);
  }

  /** See {@link Actor.freeze}. */
  freeze(): void {
    for (const actor of this.#actors) actor.freeze();
  }

  flushNow(): void {
    for (const actor of this.#actors) actor.flushNow();
  }

  end(reason: "restart" | "stop"): void {
    this.#owner?.run.scope.closing.remove(this);
    for (const actor of this.#actors) actor.end(reason);
  }

  holders(): KeyHolder[] {
    return this.#actors.flatMap((actor) => actor.holders());
  }

  /** As a branch: its owner can forget a single key as well. */
  evict(): boolean {
    return evictHeaviest(this.holders().filter(({ keys }) => keys > 1));
  }

  isInitial(): boolean {
    return this.#actors.every((actor) => actor.isInitial());
  }

  get isQuiet(): boolean {
    return this.#actors.every((actor) => actor.isQuiet);
  }

  /** Flushes what stands below `failed`, innermost chain first; false when it is not in this chain. */
  flushBelow(failed: BranchOwner): boolean {
    const at = this.#actors.findIndex((actor) => actor === failed || actor.flushBelow(failed));
    if (at < 0) return false;
    for (const below of this.#actors.slice(at + 1)) below.flushNow();
    return true;
  }

  /** The places that are not done: for the message when a stop takes too long. */
  busy(): string[] {
    return [...new Set(this.#actors.flatMap((actor) => actor.busy()))];
  }
}

/** Has the one that holds the most forget something, or else the next one. */
export function evictHeaviest(holders: readonly KeyHolder[]): boolean {
  return holders.toSorted((a, b) => b.bytes - a.bytes).some((one) => one.evict());
}

/**
 * Closes each actor as soon as it, and those above it, have settled. (A private method would cost each chain 8 bytes.)
 */
async function closeInOrder(actors: readonly Actor[]): Promise<void> {
  for (const actor of actors) while (!actor.closeNow()) await actor.flush([]);
}
