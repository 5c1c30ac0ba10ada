import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { BroadcastChannel, isMainThread, threadId, type Worker } from "node:worker_threads";

/*
 * Loaded into a daemon (`node --import`): its time stands still in all threads, and goes on by steps as a test says. Timers
 * run in each thread in the order in which they are due, each at its own time. The main thread is the last to do a step: it
 * looks whether the others get on.
 */

/** Unix time when the daemon starts, in ms. */
const START_MS = Date.UTC(2026, 10, 30, 12);
/** Threads are never further apart: one that gives no sign of life for 5 s is taken for hung. */
const MAX_STEP_MS = 2500;
/** Turns of its loop for what follows from a step, in each thread. */
const TURNS = 3;

type Run = (...given: unknown[]) => void;

/** What the threads tell each other: it is to become that time, or has in this one. */
type Word = { readonly to: number } | { readonly reached: number; readonly thread: number };

class SteppedTimer {
  due = 0;
  readonly #ms: number;
  readonly run: () => void;

  constructor(run: () => void, ms: number) {
    this.run = run;
    this.#ms = ms;
    this.refresh();
  }

  refresh(): this {
    timers.delete(this);
    this.due = passedMs + Math.max(1, this.#ms);
    timers.add(this);
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  close(): this {
    timers.delete(this);
    return this;
  }
}

let passedMs = 0;
const timers = new Set<SteppedTimer>();
const after = (run: Run, ms = 0, ...given: unknown[]): SteppedTimer =>
  new SteppedTimer(() => run(...given), Number(ms));
const clear = (timer: unknown): void => void (timer instanceof SteppedTimer && timer.close());
const sleep = (ms: number, value?: unknown): Promise<unknown> => new Promise((done) => after(() => done(value), ms));

Object.assign(globalThis, {
  setTimeout: Object.assign(after, { [promisify.custom]: sleep }),
  setInterval: (run: Run, ms: number, ...given: unknown[]) => {
    const timer = after(() => {
      timer.refresh();
      run(...given);
    }, ms);
    return timer;
  },
  clearTimeout: clear,
  clearInterval: clear,
});
Date.now = () => START_MS + Math.floor(passedMs);
performance.now = () => passedMs;
process.hrtime = Object.assign(
  (): [number, number] => [Math.floor(passedMs / 1000), Math.round((passedMs % 1000) * 1e6)],
  { bigint: () => BigInt(Math.round(passedMs * 1e6)) },
);

const channel = new BroadcastChannel("steps");
channel.unref();

async function advance(to: number): Promise<void> {
  for (;;) {
    const next = [...timers].reduce<SteppedTimer | null>(
      (one, other) => (one && one.due <= other.due ? one : other),
      null,
    );
    if (next === null || next.due > to) break;
    next.close();
    passedMs = Math.max(passedMs, next.due);
    next.run();
    await turns(1);
  }
  passedMs = to;
  await turns(TURNS);
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((done) => setImmediate(done));
}

if (isMainThread) lead(process.env.STEPS ?? "");
else
  channel.onmessage = async ({ data }) => {
    const { to } = data as { readonly to?: number };
    if (to === undefined) return;
    await advance(to);
    channel.postMessage({ reached: to, thread: threadId } satisfies Word);
  };

/** Does the steps that are asked for on a socket: a line of seconds each, answered when all threads have done it. */
function lead(socket: string): void {
  const others = new Set<number>();
  let reached = (_: number): void => {};
  process.on("worker", (worker: Worker) => {
    const { threadId: thread } = worker;
    others.add(thread);
    worker.once("exit", () => {
      others.delete(thread);
      reached(thread);
    });
  });
  channel.onmessage = ({ data }) => {
    const { thread } = data as { readonly thread?: number };
    if (thread !== undefined) reached(thread);
  };
  const step = async (to: number): Promise<void> => {
    const waiting = new Set(others);
    const all = new Promise<void>((done) => {
      reached = (thread) => {
        waiting.delete(thread);
        if (waiting.size === 0) done();
      };
      reached(0);
    });
    channel.postMessage({ to } satisfies Word);
    await all;
    await advance(to);
  };
  const go = async (seconds: number): Promise<void> => {
    const end = passedMs + seconds * 1000;
    while (passedMs < end) await step(Math.min(end, passedMs + MAX_STEP_MS));
  };
  const server = createServer((client) => {
    createInterface(client).on("line", (line) => void go(Number(line)).then(() => client.write("\n")));
  });
  server.listen(socket).unref();
}
