import type { Event } from "../core/event.ts";
import { type EventOrList, forEachEvent } from "../core/event-list.ts";
import { type Through, through } from "../core/stage.ts";
import { compileKey, type Key, sameValue } from "../kit/selector.ts";

/**
 * Takes events out of the index: those with the host and service of the event that comes, or all that are equal in
 * other fields. Riemann's `delete-from-index`.
 *
 * Emits its input, at once, and holds nothing. No event reports what is taken out. Other fields than host and service
 * have the whole index looked through for each event. Events without a metric and expired ones are treated like
 * any other.
 *
 * @param key - What must be equal: a field or an attribute by its name, a function, or a list of these.
 * @throws FastTsError `FTS_STAGE_OPTION` when `key` is none of these; `FTS_STAGE_MISUSE` at run time when a function
 * returns an object.
 * @category State and change
 * @example
 * pipeline("hosts that are gone", [filter((e) => e.service === "decommissioned"), deleteFromIndex("host")]);
 */
export function deleteFromIndex(key: Key = ["host", "service"]): Through<EventOrList> {
  const { above, key: last } = compileKey("deleteFromIndex(key)", key);
  const parts = [...above, last];
  return through<EventOrList>(
    "deleteFromIndex",
    ({ emit, index }) => {
      const deleteSeries = (event: Event): void => {
        const held = index.of(event);
        if (held !== null) index.remove(held);
      };
      const deleteEqual = (event: Event): void => {
        const wanted = parts.map((part) => part(event));
        const equal = index.search((held) => parts.every((part, at) => sameValue(part(held), wanted[at])));
        for (const held of equal) index.remove(held);
      };
      const deleteOf = isSeries(key) ? deleteSeries : deleteEqual;
      return (value) => {
        forEachEvent(value, deleteOf);
        emit(value);
      };
    },
    { takes: "either", edge: { kind: "index", name: "index" }, memory: 0, changes: [], keyedBy: key },
  );
}

function isSeries(key: Key): boolean {
  return Array.isArray(key) && key.length === 2 && key.includes("host") && key.includes("service");
}
