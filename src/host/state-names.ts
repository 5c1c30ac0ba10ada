import { ownerOf } from "../core/spread.ts";
import { INDEX } from "../runtime/kept-state.ts";

/** A name as a message shows it. */
export function shown(name: string): string {
  return name.replaceAll("\0", " ").trim();
}

/** The name of the index, of those for which this pipeline uses it. */
export function indexOf(user: string): string {
  return INDEX + user.slice(ownerOf(user).pipeline.length);
}

export function isIndex(name: string): boolean {
  return ownerOf(name).pipeline === INDEX;
}
