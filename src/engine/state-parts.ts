import type { Cut, Plain, Savable } from "../core/state.ts";

/** A part of a stage's state: an alarm, what saves itself, or a plain object. */
export type StatePart = Savable | object;

/** The parts of a stage's state: a list only where there are several, as there may be an actor a key. */
export type StateParts = StatePart | readonly StatePart[] | null;

export function partsOf(parts: StateParts): readonly StatePart[] {
  if (parts === null) return [];
  return isList(parts) ? parts : [parts];
}

export function withPart(parts: StateParts, part: StatePart): StateParts {
  if (parts === null) return part;
  return isList(parts) ? parts.concat(part) : [parts, part];
}

/** What is to be saved of parts. */
export function saveParts(parts: NonNullable<StateParts>, cut: Cut | null): readonly Plain[] {
  if (!isList(parts)) return [savePart(parts, cut)];
  const saved = new Array<Plain>(parts.length);
  for (let at = 0; at < saved.length; at++) saved[at] = savePart(parts[at] as StatePart, cut);
  return saved;
}

function savePart(part: StatePart, cut: Cut | null): Plain {
  // Plain, as its type says, unless it saves itself.
  return savesItself(part) ? part.save(cut) : (part as Plain);
}

function isList(parts: StatePart | readonly StatePart[]): parts is readonly StatePart[] {
  return Array.isArray(parts);
}

function savesItself(part: StatePart): part is Savable {
  return "save" in part && typeof part.save === "function";
}
