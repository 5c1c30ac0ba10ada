import type { Thread } from "../engine/thread.ts";

/** Something long that is done in steps. */
export interface SlicedWork {
  /** Works until `isOver`. The first step, for which it does not wait, is to be short. */
  step(isOver: () => boolean): "done" | "more";
}

/** The thread in which slices are worked. */
export interface SliceThread {
  /** Seconds, on a clock that never jumps. */
  now(): number;
  /** Calls `run` after `seconds`, and after sockets, timers and pipelines have had a turn. */
  later(seconds: number, run: () => void): void;
  /** Whether pipelines have had something to do since it was asked last, or a moment ago. */
  isBusy(): boolean;
}

/**
 * A thread that hosts pipelines.
 *
 * @param thread - Whose turn ends are set whenever pipelines get one.
 * @param recent - Seconds after a turn in which pipelines still count as busy.
 */
export function sliceThread(thread: Pick<Thread, "machine" | "turnEnd">, recent = 0): SliceThread {
  const { machine } = thread;
  let seen = thread.turnEnd;
  return {
    now: () => machine.elapsed(),
    later: (seconds, run) => void (seconds > 0 ? machine.after(seconds, run) : setImmediate(run)),
    isBusy() {
      const isBusy = thread.turnEnd !== seen || (recent > 0 && machine.elapsed() < seen + recent);
      seen = thread.turnEnd;
      return isBusy;
    },
  };
}

const SLICE_SECONDS = 0.002;
/** While pipelines have something to do, they get three times as long as all slices together: those get a quarter. */
const REST_PER_WORK = 3;
/** What a work costs besides its steps, seconds: messages between threads. */
const OVERHEAD_SECONDS = 0.000_03;

/**
 * Gives a small part of a thread's time to those who have much to do: each has its first step at once, and is then worked
 * off to its end in the order in which they came. However many there are, they take no more from the others than one
 * would.
 */
export class TimeSlices {
  readonly #thread: SliceThread;
  readonly #new: SlicedWork[] = [];
  readonly #begun: SlicedWork[] = [];
  #isPlanned = false;
  /** When the next slice may begin. */
  #notBefore = 0;

  constructor(thread: SliceThread) {
    this.#thread = thread;
  }

  add(work: SlicedWork): void {
    this.#new.push(work);
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned || this.#new.length + this.#begun.length === 0) return;
    this.#isPlanned = true;
    this.#thread.later(Math.max(0, this.#notBefore - this.#thread.now()), () => {
      this.#isPlanned = false;
      this.#work();
      this.#plan();
    });
  }

  #work(): void {
    const { now, isBusy } = this.#thread;
    const end = now() + SLICE_SECONDS;
    let overhead = 0;
    const isOver = (): boolean => now() + overhead >= end;
    do {
      const queue = this.#new.length > 0 ? this.#new : this.#begun;
      const work = queue[0];
      if (work === undefined) break;
      const isDone = work.step(isOver) === "done";
      if (isDone) overhead += OVERHEAD_SECONDS;
      if (isDone || queue === this.#new) queue.shift();
      if (!isDone && queue === this.#new) this.#begun.push(work);
    } while (!isOver());
    const worked = now() + overhead - (end - SLICE_SECONDS);
    this.#notBefore = isBusy() ? now() + worked * REST_PER_WORK : 0;
  }
}
