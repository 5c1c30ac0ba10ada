/** A planned call. */
export interface Timer {
  due: number;
  /** Order of planning: timers due together run in this order. */
  readonly order: number;
  run: (() => void) | null;
  readonly period: number;
}

/**
 * Timers ordered by the time they are due: a binary heap. A cancelled timer stays, empty, until it is due or half of
 * the heap is empty.
 */
export class TimerQueue {
  #heap: Timer[] = [];
  #cancelled = 0;
  #planned = 0;

  /** How many calls are planned. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** Plans `run` at `due` and, with a `period`, every `period` after. */
  add(due: number, run: () => void, period: number): Timer {
    const timer: Timer = { due, order: this.#planned++, run, period };
    this.#push(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    if (timer.run === null) return;
    timer.run = null;
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#compact();
  }

  /** When the next call is due; infinity when none is planned. */
  nextDue(): number {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (top.run !== null) return top.due;
      this.#pop();
      this.#cancelled--;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Runs the next call. A repeating one is planned again on its own grid; ticks missed by `now` are skipped. */
  runNext(now: number): void {
    if (this.nextDue() === Number.POSITIVE_INFINITY) return;
    const timer = this.#pop();
    if (timer === undefined || timer.run === null) return;
    const run = timer.run;
    if (timer.period > 0) {
      timer.due += timer.period * Math.max(1, Math.ceil((now - timer.due) / timer.period));
      this.#push(timer);
    } else {
      timer.run = null;
    }
    run();
  }

  clear(): void {
    for (const timer of this.#heap) timer.run = null;
    this.#heap = [];
    this.#cancelled = 0;
  }

  #compact(): void {
    const live = this.#heap.filter((timer) => timer.run !== null);
    this.#heap = [];
    this.#cancelled = 0;
    for (const timer of live) this.#push(timer);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(timer, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      const left = at * 2 + 1;
      let child = heap[left];
      if (child === undefined) break;
      let down = left;
      const right = heap[left + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        down = left + 1;
      }
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
