import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { Repeats } from "../core/repeats.ts";
import type { Supervisor } from "../engine/supervisor.ts";
import type { Owner } from "../engine/thread.ts";
import { mapStack, placesOf } from "../routes/source-map.ts";

/** What a file throws again while none of its pipelines runs is counted for this long before it is logged. */
const QUIET_SECONDS = 60;

interface CrashOwnersOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The pipelines that run here and are of the files that were made of one of these. */
  madeOf(sources: ReadonlySet<string>): readonly Supervisor[];
}

/** Knows which code started what throws outside of any stage: that of a pipeline, or that of a route file. */
export class CrashOwners {
  readonly #options: CrashOwnersOptions;
  /** Whose turn started what runs now: follows timers, promises and sockets. */
  readonly #owners = new AsyncLocalStorage<Owner>();
  readonly #repeats: Repeats;

  constructor(options: CrashOwnersOptions) {
    this.#options = options;
    this.#repeats = new Repeats(options.clock, QUIET_SECONDS);
  }

  /** Runs `work` so that what it starts is known to be `owner`'s. */
  enter<T>(owner: Owner, work: () => T): T {
    return this.#owners.run(owner, work);
  }

  /**
   * Attributes an error: to the owner of what threw, or else to the route files in its stack. False when there is
   * neither. To be called in the context of what threw.
   */
  blame(error: Error): boolean {
    const owner = this.#owners.getStore();
    if (owner !== undefined) {
      owner.crashed(error);
      return true;
    }
    const files = new Set(placesOf(error.stack).map((place) => place.file));
    const [file] = files;
    if (file === undefined) return false;
    const guilty = this.#options.madeOf(files).filter((supervisor) => supervisor.crashed(error));
    if (guilty.length === 0) this.idle(file, error);
    return true;
  }

  /** Code of a file threw of which no pipeline runs here: not yet, not any more, or in other workers only. */
  idle(file: string, error: Error): void {
    const more = this.#repeats.pass(file);
    if (more === null) return;
    this.#options.log.error("route code threw outside a stage, none of its pipelines runs here", {
      file,
      error: mapStack(error),
      ...(more > 0 && { more }),
    });
  }
}
