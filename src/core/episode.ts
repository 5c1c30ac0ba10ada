import type { Clock } from "./clock.ts";
import type { StageLog } from "./stage.ts";

/** Trouble that was followed by so many seconds without is over. */
const QUIET = 10;

/** Where the lines go, and what time it is: a stage's context will do. */
interface Scene {
  readonly clock: Clock;
  readonly log: StageLog;
}

/** Tells of a row of troubles twice: when it begins, and when it is over with the count of what was lost. */
export class Episode {
  #last: number | null = null;
  #lost = 0;

  /** Something went wrong, at the price of `lost` events; the first time says `message`. */
  trouble(scene: Scene, lost: number, message: string, fields: Record<string, unknown> = {}): void {
    if (this.#last === null) scene.log.warn(message, fields);
    this.#last = scene.clock.now();
    this.#lost += lost;
  }

  /** Something went well: the trouble is over once it has been quiet for a while. */
  success(scene: Scene, message = "the trouble is over"): void {
    if (this.#last !== null && scene.clock.now() - this.#last >= QUIET) this.end(scene, message);
  }

  /** Closes the episode, if there is one. */
  end(scene: Scene, message: string): void {
    if (this.#last === null) return;
    if (this.#lost > 0) scene.log.warn(message, { lost: this.#lost });
    else scene.log.info(message, { lost: 0 });
    this.#last = null;
    this.#lost = 0;
  }
}
