import type { Clock } from "./clock.ts";
import type { StageLog } from "./stage.ts";

/** Trouble is over once this long has passed without any. */
const QUIET_SECONDS = 10;

/** A log and a clock, such as a stage's context. */
interface Scene {
  readonly clock: Clock;
  readonly log: StageLog;
}

/**
 * Logs each kind of trouble once, and once when it is over, with the count of what was lost; for all copies of a stage
 * together.
 */
export class Episode {
  #last: number | null = null;
  #lost = 0;
  #copies = 0;
  /** What has been logged since it began. */
  readonly #told = new Set<string>();

  /** Whether it has begun, and is not over. */
  get isOpen(): boolean {
    return this.#last !== null;
  }

  /** Events that were lost since it began. */
  get lost(): number {
    return this.#lost;
  }

  /** A copy of the stage starts. */
  join(): void {
    this.#copies++;
  }

  /** A copy of the stage stops. With the last one the episode ends, whether the trouble is over or not. */
  leave(scene: Scene): void {
    this.#copies--;
    if (this.#copies === 0 && this.#lost > 0) this.end(scene, "the trouble lasted until the stage stopped");
  }

  /** Something went wrong and `lost` events were lost; logs `message` the first time. */
  trouble(scene: Scene, lost: number, message: string, fields: Record<string, unknown> = {}): void {
    if (!this.#told.has(message)) scene.log.warn(message, fields);
    this.#told.add(message);
    this.#last = scene.clock.elapsed();
    this.#lost += lost;
  }

  /** Something went well: the episode is over once it has been quiet for a while. */
  success(scene: Scene, message = "the trouble is over"): void {
    if (this.#last !== null && scene.clock.elapsed() - this.#last >= QUIET_SECONDS) this.end(scene, message);
  }

  /** Closes the episode, if there is one. */
  end(scene: Scene, message: string, fields: Record<string, unknown> = {}): void {
    if (this.#last === null) return;
    if (this.#lost > 0) scene.log.warn(message, { lost: this.#lost, ...fields });
    else scene.log.info(message, { lost: 0, ...fields });
    this.#last = null;
    this.#lost = 0;
    this.#told.clear();
  }
}
