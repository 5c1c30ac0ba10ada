import { show } from "../core/stage.ts";
import { shortFields } from "../text/short-fields.ts";

/** A copy of the fields without what cannot be sent to another thread. Never throws. */
export function sendable(fields: Record<string, unknown>): Record<string, unknown> {
  try {
    return structuredClone(shortFields(fields));
  } catch {
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, show(value)]));
  }
}
