import * as timers from "node:timers";
import * as promises from "node:timers/promises";
import { promisify } from "node:util";

type Run = (...given: unknown[]) => void;
type Timeout = ReturnType<typeof setTimeout>;
type Immediate = ReturnType<typeof setImmediate>;
type Options = NonNullable<Parameters<typeof promises.setTimeout>[2]>;

/** The names of the functions in {@link RouteTimers.functions}. */
export const TIMER_FUNCTIONS = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
] as const;

/**
 * The timers of one evaluated route file, which is given these functions and modules in place of Node's: what it starts
 * when it is loaded, and what that starts later, ends with it.
 */
export class RouteTimers {
  readonly functions: Readonly<Record<(typeof TIMER_FUNCTIONS)[number], unknown>>;
  /** What it gets when it imports them. */
  readonly modules: Readonly<Record<string, unknown>>;
  /** How each timer that runs is stopped. */
  readonly #running = new Map<unknown, () => void>();
  readonly #ended = new AbortController();

  constructor() {
    const sleep = (ms?: number, value?: unknown, options: Options = {}): Promise<unknown> =>
      this.#untilEnd(options, (signal) => promises.setTimeout(ms, value, { ...options, signal }));
    const yielded = (value?: unknown, options: Options = {}): Promise<unknown> =>
      this.#untilEnd(options, (signal) => promises.setImmediate(value, { ...options, signal }));
    this.functions = {
      setTimeout: Object.assign(this.#setTimeout, { [promisify.custom]: sleep }),
      setInterval: this.#setInterval,
      setImmediate: Object.assign(this.#setImmediate, { [promisify.custom]: yielded }),
      clearTimeout: this.#clear(clearTimeout),
      clearInterval: this.#clear(clearInterval),
      clearImmediate: this.#clear(clearImmediate),
    };
    const ownPromises = { ...promises, setTimeout: sleep, setImmediate: yielded, setInterval: this.#each(sleep) };
    const own = { ...timers, ...this.functions, promises: ownPromises };
    this.modules = {
      timers: own,
      "node:timers": own,
      "timers/promises": ownPromises,
      "node:timers/promises": ownPromises,
    };
  }

  /** Stops all that runs; what is started later is stopped at once. Who awaits a timer goes on no more. */
  end(): void {
    this.#ended.abort();
    for (const stop of this.#running.values()) stop();
    this.#running.clear();
  }

  readonly #setTimeout = (run: Run, ms?: number, ...given: unknown[]): Timeout => {
    const timer: Timeout = setTimeout(
      this.#once(run, () => timer),
      ms,
      ...given,
    );
    return this.#keep(timer, () => clearTimeout(timer));
  };

  readonly #setInterval = (run: Run, ms?: number, ...given: unknown[]): Timeout => {
    const timer = setInterval(run, ms, ...given);
    return this.#keep(timer, () => clearInterval(timer));
  };

  readonly #setImmediate = (run: Run, ...given: unknown[]): Immediate => {
    const timer: Immediate = setImmediate(
      this.#once(run, () => timer),
      ...given,
    );
    return this.#keep(timer, () => clearImmediate(timer));
  };

  #keep<T>(timer: T, stop: () => void): T {
    if (this.#ended.signal.aborted) stop();
    else this.#running.set(timer, stop);
    return timer;
  }

  /** Node says itself what is wrong when it is not a function. */
  #once(run: Run, timer: () => unknown): Run {
    if (typeof run !== "function") return run;
    return (...given) => {
      this.#running.delete(timer());
      run(...given);
    };
  }

  #clear<T>(stop: (timer?: T) => void): (timer?: T) => void {
    return (timer) => {
      this.#running.delete(timer);
      stop(timer);
    };
  }

  async #untilEnd<T>({ signal }: Options, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ended = this.#ended.signal;
    try {
      return await wait(signal === undefined ? ended : AbortSignal.any([signal, ended]));
    } catch (thrown) {
      if (!ended.aborted) throw thrown;
      return new Promise(() => {});
    }
  }

  /** As Node's, made of waits that end with the file. */
  #each(sleep: (ms?: number, value?: unknown, options?: Options) => Promise<unknown>) {
    return async function* (ms?: number, value?: unknown, options?: Options): AsyncGenerator<unknown> {
      for (;;) yield await sleep(ms, value, options);
    };
  }
}
