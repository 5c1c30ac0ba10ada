import type { Event } from "../core/event.ts";
import { checkKeys } from "../core/option.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { type Branch, checkStages, type Stage, stage } from "../core/stage.ts";
import { copyOf, longestMemory } from "../core/stage-memory.ts";
import type { Cut, Plain } from "../core/state.ts";
import {
  checkKeyedOptions,
  KEYED_OPTIONS,
  type KeyedOptions,
  keyLife,
  startKeyedTable,
  ttlWarnings,
} from "../kit/keyed-options.ts";
import { compileKey, type Key } from "../kit/selector.ts";

/** How many keys `by` holds, and for how long. */
export type ByOptions = KeyedOptions;

/** Without its stages. */
const BYTES_PER_KEY = 250;

/**
 * Starts a copy of `stages` for each key, and sends each event through the copy of its key.
 *
 * Emits what the last stages emit, whatever the key. Holds live stages for each key, at most `max` keys: beyond, the
 * longest idle makes room. A key is forgotten when it has had no event for `ttl` seconds, or for twice as long as its
 * stages remember if that is longer, and none of them holds a state unlike its first. A forgotten key emits what its
 * stages hold, its timers end, and its next event starts its stages again; forgotten keys are counted. Stages that await
 * something get 10 s to finish; while 1,024 forgotten keys do so, the pipeline takes no events. `null` is a key like any
 * other, and expired events go to their key. A key takes about 230 bytes, each stage in it that holds nothing 260, a
 * `rate` 1.4 kB, plus the events that are held.
 *
 * @param key - What to tell events apart by: a field or an attribute by its name (`"host"`, `"attributes.zone"`), a
 * function that returns a string, number, boolean or nothing, or a list of these.
 * @param stages - The stages for each key; the first receives events.
 * @throws FastTsError `FTS_STAGE_OPTION` when `key` is none of these or an option is wrong, `FTS_NOT_A_STAGE` when
 * `stages` is not a list of stages; `FTS_STAGE_MISUSE` at run time when a function returns an object as key.
 * @category Route
 * @example
 * pipeline("requests per second of each host", [
 *   filter((e) => e.service === "http"),
 *   by("host", [rate(5)]),
 *   stdout(),
 * ]);
 */
export function by<const Each extends AnyStages>(
  key: Key,
  stages: Each & Chain<Event, Each>,
  options: ByOptions = {},
): Stage<Event, Emitted<Event, Each>> {
  const path = compileKey("by(key)", key);
  checkStages("by(stages)", stages);
  checkKeys("by", options, KEYED_OPTIONS);
  checkKeyedOptions("by", options);
  const { max = 100_000 } = options;
  const life = keyLife(options, longestMemory(stages));
  const { bytes, keepsLast } = copyOf(stages);
  return stage<Event, Emitted<Event, Each>>(
    "by",
    (context) => {
      const { inside, branch } = context;
      const bounds = { max, ttl: life };
      const create = (saved?: Plain): Branch => branch("each", undefined, undefined, saved);
      const branches = startKeyedTable<Branch>(context, bounds, {
        ...path,
        keepsLast,
        bytesPerKey: BYTES_PER_KEY + bytes,
        isKept,
        create,
        values: { save, restore: create },
        onEvict,
      });
      // Key by key where there are keys inside, so that the others of the longest idle stay.
      const evict = (): boolean => branches.oldest?.evict() || branches.evict();
      context.forgets({ evict });
      return (event) => {
        branches.at(event).value.receive(event);
        while (inside.keys > max && evict());
      };
    },
    // A `by` around it, which keeps its keys for twice as long as its stages remember, keeps them for as long as this one.
    {
      branches: { each: stages },
      memory: life / 2,
      shape: [key],
      changes: [],
      keyedBy: key,
      keepsLast: false,
      warnings: ttlWarnings("by", options, stages),
    },
  );
}

// Made once, as there may be a copy of the stage a key.
const isKept = (branch: Branch): boolean => !branch.isInitial();
const save = (branch: Branch, cut: Cut | null): Plain => branch.save(cut);
const onEvict = (branch: Branch): void => branch.close();
