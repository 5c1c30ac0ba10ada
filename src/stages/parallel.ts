import type { Event } from "../core/event.ts";
import { atLeastOne, checkKeys, checkOption } from "../core/option.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { type Context, checkStages, type Stage, stage } from "../core/stage.ts";
import { areStateless } from "../core/stage-memory.ts";
import { compileKey, type Key, type KeyPath } from "../kit/selector.ts";

/** Which copy gets which event. */
export interface ParallelOptions {
  /**
   * What decides which copy an event goes to: a field or an attribute by its name, a function that returns a string,
   * number, boolean or nothing, or a list of these. Events with equal keys go to the same copy and keep their order.
   * @default none: each copy in turn
   */
  readonly key?: Key;
}

/**
 * Runs `n` copies of the stages side by side, so that one event can be worked on while others wait for something.
 *
 * Emits what the last stages of the copies emit, as it comes: events of different copies may overtake each other.
 * Without `key` the copies take turns. Holds nothing but what the copies do; each has its own state. Events without a
 * metric and expired ones are treated like any other.
 *
 * @param n - How many copies, in each worker in which the pipeline runs; a whole number >= 1.
 * @param stages - The stages of each copy; the first receives events.
 * @throws FastTsError `FTS_STAGE_OPTION` when `n` is not a whole number >= 1 or an option is wrong, `FTS_NOT_A_STAGE`
 * when `stages` is not a list of stages; `FTS_STAGE_MISUSE` at run time when a function returns an object as key.
 * @category Route
 * @example
 * const owner = async (host: string | null) => (host === "web-1" ? "the web team" : "nobody");
 * pipeline("with their owners", [
 *   parallel(8, [map(async (e) => e.with({ description: await owner(e.host) }))], { key: "host" }),
 *   stdout(),
 * ]);
 */
export function parallel<const Each extends AnyStages>(
  n: number,
  stages: Each & Chain<Event, Each>,
  options: ParallelOptions = {},
): Stage<Event, Emitted<Event, Each>> {
  checkOption("parallel", "n", n, atLeastOne);
  checkStages("parallel(stages)", stages);
  checkKeys("parallel", options, ["key"]);
  const copyOf = options.key === undefined ? null : compileKey("parallel(key)", options.key);
  return stage<Event, Emitted<Event, Each>>(
    "parallel",
    (context) => {
      const copies = Array.from({ length: n }, () => context.branch("each").receive);
      const pick = copyOf === null ? inTurn(n, context) : byHash(n, copyOf);
      // As long as its copies hold nothing, it is of no importance whose turn it is.
      return { onEvent: (event) => copies[pick(event)]?.(event), isInitial: () => true };
    },
    {
      branches: { each: stages },
      memory: copyOf !== null || areStateless(stages) ? 0 : Number.POSITIVE_INFINITY,
      changes: [],
      shape: [n, options.key],
    },
  );
}

function inTurn(n: number, { state }: Pick<Context, "state">): () => number {
  const own = state(() => ({ last: n - 1 }));
  return () => {
    own.last = own.last + 1 === n ? 0 : own.last + 1;
    return own.last;
  };
}

function byHash(n: number, { above, key }: KeyPath): (event: Event) => number {
  return (event) => {
    let hash = FNV_OFFSET;
    for (const select of above) hash = fnv(hash, String(select(event)));
    return (fnv(hash, String(key(event))) >>> 0) % n;
  };
}

const FNV_OFFSET = 0x811c9dc5;

/** FNV-1a over UTF-16 code units: the same for equal keys in every thread, which a counter or a `Map` would not be. */
function fnv(hash: number, text: string): number {
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
