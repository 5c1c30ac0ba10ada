/** A call that may be planned in a {@link TimerQueue}. */
export abstract class Timer {
  due = Number.POSITIVE_INFINITY;
  /** Order of planning: timers due together run in this order. */
  order = 0;
  /** Where it stands in the heap; -1: it is not planned. */
  place = -1;

  abstract run(): void;
}

class Call extends Timer {
  /** 0: it does not repeat. */
  readonly period: number;
  readonly #call: () => void;

  constructor(call: () => void, period: number) {
    super();
    this.#call = call;
    this.period = period;
  }

  run(): void {
    this.#call();
  }
}

/** Timers ordered by the time they are due: a binary heap, in which each knows its place. */
export class TimerQueue {
  readonly #heap: Timer[] = [];
  #planned = 0;

  /** How many calls are planned. */
  get size(): number {
    return this.#heap.length;
  }

  /** Plans `call` at `due` and, with a `period`, every `period` after. */
  add(due: number, call: () => void, period: number): Timer {
    const timer = new Call(call, period);
    this.plan(timer, due);
    return timer;
  }

  /**
   * Plans a timer, no longer when it was planned before.
   *
   * @param order - Of one that was planned in a queue before this one, and comes before all that are planned from now on.
   */
  plan(timer: Timer, due: number, order: number = this.#planned): void {
    this.cancel(timer);
    this.#planned = Math.max(this.#planned, order + 1);
    timer.due = due;
    timer.order = order;
    this.#rise(timer, this.#heap.length);
  }

  cancel(timer: Timer): void {
    const { place } = timer;
    if (place < 0) return;
    timer.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === timer) return;
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  /** When the next call is due; infinity when none is planned. */
  nextDue(): number {
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** Runs the next call. A repeating one is planned again on its own grid; ticks missed by `now` are skipped. */
  runNext(now: number): void {
    const timer = this.#heap[0];
    if (timer === undefined) return;
    if (timer instanceof Call && timer.period > 0) {
      timer.due += timer.period * Math.max(1, Math.ceil((now - timer.due) / timer.period));
      this.#sink(timer, 0);
    } else {
      this.cancel(timer);
    }
    timer.run();
  }

  clear(): void {
    for (const timer of this.#heap) timer.place = -1;
    this.#heap.length = 0;
  }

  /** Puts a timer where `at` is, or above. */
  #rise(timer: Timer, from: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(timer, parent)) break;
      heap[at] = parent;
      parent.place = at;
      at = up;
    }
    heap[at] = timer;
    timer.place = at;
  }

  /** Puts a timer where `at` is, or below. */
  #sink(timer: Timer, from: number): void {
    const heap = this.#heap;
    let at = from;
    for (;;) {
      const left = at * 2 + 1;
      let child = heap[left];
      if (child === undefined) break;
      const right = heap[left + 1];
      if (right !== undefined && isBefore(right, child)) child = right;
      if (!isBefore(child, timer)) break;
      const down = child.place;
      heap[at] = child;
      child.place = at;
      at = down;
    }
    heap[at] = timer;
    timer.place = at;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
