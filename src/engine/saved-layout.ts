import { listOf, type Plain } from "../core/state.ts";
import type { Layout, StagePosition } from "./layout.ts";

type Positions = readonly StagePosition[];

/** What has to be known of a pipeline's stages to tell later which of them are the same: for {@link matchLayout}. */
export function saveLayout({ places, onCrash }: Layout): Plain {
  return [places.map(savePosition), onCrash.map(savePosition)];
}

/** By row of the layout, where the stage that is the same stood in its list when the layout was saved; -1: there is none. */
export function matchLayout(layout: Layout, saved: Plain): readonly number[] {
  const matched = new Array<number>(layout.rows.length).fill(-1);
  const [places = [], onCrash = []] = listOf(saved);
  matchLists(layout.places, listOf(places), matched);
  matchLists(layout.onCrash, listOf(onCrash), matched);
  return matched;
}

function savePosition({ stage, branches }: StagePosition): Plain {
  const lists = [...branches].flatMap(([name, inside]): Plain[] => [name, inside.map(savePosition)]);
  return [signatureOf(stage), lists];
}

/**
 * What a stage and its state are the same by. Of one without any, what stands in its branches is: the text of our own
 * functions is another in each thread that they are built for, and in each version.
 */
function signatureOf({ name, shape, memory, start }: StagePosition["stage"]): string {
  return `${name} ${textOf(shape ?? (memory === 0 ? [] : [start]))}`;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The longest lists of stages that are the same, in the same order, as in a diff; and so inside them. */
function matchLists(places: Positions, saved: readonly Plain[], matched: number[]): void {
  const signatures = places.map(({ stage }) => signatureOf(stage));
  const before = saved.map((one) => listOf(one)[0]);
  const lengths = commonLengths(signatures, before);
  for (let at = 0, then = 0; at < places.length && then < before.length; ) {
    const place = places[at];
    if (place !== undefined && signatures[at] === before[then]) {
      matched[place.row] = then;
      matchBranches(place, listOf(listOf(saved[then])[1]), matched);
      at++;
      then++;
    } else if ((lengths[at + 1]?.[then] ?? 0) >= (lengths[at]?.[then + 1] ?? 0)) at++;
    else then++;
  }
}

function matchBranches({ branches }: StagePosition, saved: readonly Plain[], matched: number[]): void {
  for (let at = 0; at < saved.length; at += 2) {
    const inside = branches.get(String(saved[at]));
    if (inside !== undefined) matchLists(inside, listOf(saved[at + 1]), matched);
  }
}

/** How many are common to the rests of both lists, from each place in them on. */
function commonLengths(one: readonly Plain[], other: readonly (Plain | undefined)[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  for (let a = one.length - 1; a >= 0; a--)
    for (let b = other.length - 1; b >= 0; b--) {
      const [here = [], below = []] = [lengths[a], lengths[a + 1]];
      here[b] = one[a] === other[b] ? (below[b + 1] ?? 0) + 1 : Math.max(below[b] ?? 0, here[b + 1] ?? 0);
    }
  return lengths;
}
