import { atLeastOne, checkOption, duration } from "../core/option.ts";
import type { AnyStages } from "../core/pipeline.ts";
import type { Context } from "../core/stage.ts";
import { longestMemory, rememberingFor } from "../core/stage-memory.ts";
import { Episode } from "../core/trouble-episode.ts";
import { KeyedTable } from "./keyed-table.ts";
import type { KeyedTableOptions } from "./keyed-table-options.ts";
import { repeating } from "./repeating.ts";

/** The bounds of a stage that holds something for each key. */
export interface KeyedOptions {
  /** How many keys are held; beyond, the longest idle makes room. A whole number >= 1. @default 100_000 */
  readonly max?: number;
  /**
   * Seconds >= 0.001 without an event after which a key may be forgotten; an event with a longer ttl is waited for that
   * long. Looked at eight times in this span, so it may be an eighth more.
   * @default 3600
   */
  readonly ttl?: number;
}

/** How long a key is kept when nothing is said. */
const DEFAULT_TTL_SECONDS = 3600;

/** The names of {@link KeyedOptions}, for `checkKeys`. */
export const KEYED_OPTIONS = ["max", "ttl"] as const;

/** Throws `FTS_STAGE_OPTION` on a bad bound. */
export function checkKeyedOptions(stage: string, { max, ttl }: KeyedOptions): void {
  if (max !== undefined) checkOption(stage, "max", max, atLeastOne);
  if (ttl !== undefined) checkOption(stage, "ttl", ttl, duration);
}

/** Seconds for which a key is kept after its last event, when what is held for it matters for `memory` seconds. */
export function keyLife({ ttl = DEFAULT_TTL_SECONDS }: KeyedOptions, memory: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(ttl, 2 * memory));
}

/** What `fast-ts check` warns of when a `ttl` was given that is shorter than what these stages remember. */
export function ttlWarnings(stage: string, { ttl }: KeyedOptions, stages: AnyStages): readonly string[] {
  if (ttl === undefined) return [];
  const lasting = rememberingFor(stages, Number.POSITIVE_INFINITY);
  if (lasting.length > 0)
    return [`${stage}(ttl): does not end a state of ${lasting}: idle keys that hold one are kept up to max`];
  const memory = longestMemory(stages);
  if (2 * memory <= ttl) return [];
  const longest = `the ${memory} s that ${rememberingFor(stages, memory)} remembers`;
  return [
    `${stage}(ttl): ${ttl} s is less than twice ${longest}: idle keys are kept for ${keyLife({ ttl }, memory)} s`,
  ];
}

/** What a table of a stage has of its own; the rest is the stage's ledger, clock and options. */
type TableParts<V> = Omit<KeyedTableOptions<V>, "max" | "ttl" | "onEvict" | "onHeld" | "bytesPerKey"> & {
  readonly bytesPerKey?: number;
  /** Called with the value of each key that is evicted. */
  readonly onEvict?: (value: V) => void;
};

/** A key with a few numbers. */
const BYTES_PER_KEY = 200;

/** The part of a stage's context that keyed state uses. */
export type KeyedContext = Pick<
  Context,
  "alarm" | "clock" | "evicted" | "forgets" | "held" | "isRestored" | "keeps" | "log"
>;

/**
 * A table with a stage's bounds, swept by its clock, and part of the stage's state. Evictions are counted in the
 * stage's ledger, and its log hears when the keys are too many, once per episode.
 */
export function startKeyedTable<V>(
  context: KeyedContext,
  { max = 100_000, ttl = DEFAULT_TTL_SECONDS }: KeyedOptions,
  { onEvict, bytesPerKey = BYTES_PER_KEY, ...parts }: TableParts<V>,
): KeyedTable<V> {
  const tooMany = new Episode();
  const table = new KeyedTable<V>({
    ...parts,
    max,
    ttl,
    bytesPerKey,
    onHeld: context.held,
    onEvict: (value, why) => {
      context.evicted(1, why === "idle" ? "idle" : "full");
      if (why === "full") tooMany.trouble(context, 1, TOO_MANY, { max });
      onEvict?.(value);
    },
  });
  context.forgets(table);
  repeating(context, table.sweepEvery, function* () {
    yield* table.sweep();
    tooMany.success(context);
  });
  context.keeps(table);
  return table;
}

const TOO_MANY = "too many keys: the longest idle make room for new ones";
