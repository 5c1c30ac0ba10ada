import type { Clock } from "../core/clock.ts";
import { listOf, misfit, numberOf, type Plain } from "../core/state.ts";

/** What a pipeline's stages keep: for a supervisor of the same pipeline, or of one that is much like it. */
export type SavedPipeline = {
  /** Unix seconds, and seconds of service, at which it was saved. */
  readonly now: number;
  readonly elapsed: number;
  /** See `matchLayout`. */
  readonly layout: Plain;
  readonly run: Plain;
  /** Of the stages of `onCrash`. */
  readonly onCrash: Plain;
  /** The hash of its route file; "": it is not known. */
  readonly source?: string;
};

/** Seconds by the wall clock for which nothing ran since something was saved; the clock goes on from its `elapsed`. */
export function awaySince({ now, elapsed }: Pick<SavedPipeline, "now" | "elapsed">, clock: Clock): number {
  return Math.max(0, clock.now() - now - (clock.elapsed() - elapsed));
}

/** Whether its stages keep anything. */
export function keepsState({ run, onCrash }: SavedPipeline): boolean {
  return keepsAnything(run) || keepsAnything(onCrash);
}

/** @param chain - See `LiveChain.save`; what does not fit keeps nothing. */
function keepsAnything(chain: Plain): boolean {
  return listIn(chain).some((stage) => {
    const [parts, branches] = listIn(stage);
    return listIn(parts).length > 0 || listIn(branches).some((branch, at) => at % 2 === 1 && keepsAnything(branch));
  });
}

function listIn(saved: Plain | undefined): readonly Plain[] {
  return Array.isArray(saved) ? saved : [];
}

/** What was saved as one. Throws when it is none. */
export function savedPipelineOf(saved: Plain): SavedPipeline {
  if (typeof saved !== "object" || saved === null || !("now" in saved)) throw misfit("a pipeline");
  const {
    now,
    elapsed,
    layout = null,
    run = null,
    onCrash = null,
    source = "",
  } = saved as Partial<Record<string, Plain>>;
  return {
    now: numberOf(now),
    elapsed: numberOf(elapsed),
    layout: listOf(layout),
    run: listOf(run),
    onCrash,
    source: String(source),
  };
}
