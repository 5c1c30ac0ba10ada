import { coerceError } from "../errors.ts";
import type { Layout } from "./layout.ts";
import type { Thread } from "./thread.ts";

/**
 * Where the sinks of a pipeline send to that may have something from before: open from its start to its end, as a sink
 * inside a `by` starts with the first event of a key.
 */
export class OpenedTargets {
  #opened: (() => void)[] | null = null;

  /** Opens them the first time. What cannot be opened is logged, and its stage will throw. */
  open({ targets, log }: Thread, pipeline: string, { rows }: Layout): void {
    this.#opened ??= rows.flatMap(({ name: place, stage }) => {
      try {
        return stage.edge?.open?.(targets, { pipeline, place }) ?? [];
      } catch (thrown) {
        log.warn("target cannot be opened", { pipeline, stage: place, error: coerceError(thrown).message });
        return [];
      }
    });
  }

  close(): void {
    for (const close of this.#opened ?? []) close();
    this.#opened = [];
  }
}
