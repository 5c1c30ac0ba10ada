import type { EventOrList } from "../core/event-list.ts";
import type { TargetWriter } from "../core/target-port.ts";

/** A rendered item with what it was made of, where dead letters are wanted. */
export class Letter {
  readonly rendered: unknown;
  readonly original: EventOrList;

  constructor(rendered: unknown, original: EventOrList) {
    this.rendered = rendered;
    this.original = original;
  }
}

/** A writer of rendered items that takes letters too. */
export function openingLetters(writer: TargetWriter<unknown>): TargetWriter<unknown> {
  return {
    write: (items, signal, shares) => writer.write(items.map(renderedOf), signal, shares),
    judge: (error) => writer.judge?.(error) ?? "failed",
    close: () => writer.close?.(),
  };
}

function renderedOf(item: unknown): unknown {
  return item instanceof Letter ? item.rendered : item;
}

/** What an object takes besides its fields, bytes. */
const OBJECT_BYTES = 32;

/** About how much memory a rendered item takes, bytes: text, bytes, or plain data. */
export function weighRendered(item: unknown): number {
  if (typeof item === "string") return OBJECT_BYTES + item.length;
  if (typeof item !== "object" || item === null) return 8;
  if (item instanceof Uint8Array) return OBJECT_BYTES + item.byteLength;
  let bytes = OBJECT_BYTES;
  for (const value of Object.values(item)) bytes += 8 + weighRendered(value);
  return bytes;
}
