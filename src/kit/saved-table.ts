import { listOf, numberOf, type Plain } from "../core/state.ts";

/** For each key, besides its parts: `until`, bytes and value. */
const OTHERS_PER_KEY = 3;

/** Whether a part of a stage's state may be a `KeyedTable`: nothing else that stages keep looks like one. */
export function isTable(saved: Plain | undefined): boolean {
  return (
    Array.isArray(saved) && saved.length === 3 && typeof saved[0] === "number" && saved.slice(1).every(Array.isArray)
  );
}

/**
 * Saved tables of the same keys as one, with the keys that are wanted.
 *
 * @param wanted - Says it of a key, by the fields that keys are made of; `null` for a function.
 */
export function joinTables(
  tables: readonly Plain[],
  wanted: (fields: readonly Plain[]) => (key: readonly Plain[]) => boolean,
): Plain {
  const fields = listOf(listOf(tables[0] ?? [])[2] ?? []);
  const parts = fields.length;
  const isWanted = wanted(fields);
  const sweeps = Math.max(...tables.map((table) => numberOf(listOf(table)[0])));
  const rows = tables.flatMap((table) => {
    const [swept, keys = []] = listOf(table);
    let used = 0;
    return rowsOf(listOf(keys), parts + OTHERS_PER_KEY).map((row) => {
      const until = later(numberOf(row[parts]), sweeps - numberOf(swept));
      used = Math.max(used, until);
      return { used, row: row.with(parts, until) };
    });
  });
  const kept = rows.filter(({ row }) => isWanted(row.slice(0, parts)));
  // The longest unused first, as in each of them.
  return [sweeps, kept.toSorted((a, b) => a.used - b.used).flatMap(({ row }) => row), fields];
}

/** `until` counts sweeps; it is negative where it is later than for others that were used at the same time. */
function later(until: number, sweeps: number): number {
  return until < 0 ? until - sweeps : until + sweeps;
}

function rowsOf(list: readonly Plain[], length: number): readonly (readonly Plain[])[] {
  return Array.from({ length: list.length / length }, (_, at) => list.slice(at * length, (at + 1) * length));
}
