import { listOf, numberOf, type Plain } from "../core/state.ts";

/** For each key, besides its parts: `until`, bytes and value. */
const OTHERS_PER_KEY = 3;

/** Whether a part of a stage's state may be a `KeyedTable`: nothing else that stages keep looks like one. */
export function isTable(saved: Plain | undefined): boolean {
  return Array.isArray(saved) && saved.length === 2 && typeof saved[0] === "number" && Array.isArray(saved[1]);
}

/**
 * Saved tables as one, with the keys that are wanted.
 *
 * @param parts - Of how many parts a key is.
 */
export function joinTables(
  tables: readonly Plain[],
  parts: number,
  isWanted: (key: readonly Plain[]) => boolean,
): Plain {
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
  const wanted = rows.filter(({ row }) => isWanted(row.slice(0, parts)));
  // The longest unused first, as in each of them.
  return [sweeps, wanted.toSorted((a, b) => a.used - b.used).flatMap(({ row }) => row)];
}

/** `until` counts sweeps; it is negative where it is later than for others that were used at the same time. */
function later(until: number, sweeps: number): number {
  return until < 0 ? until - sweeps : until + sweeps;
}

function rowsOf(list: readonly Plain[], length: number): readonly (readonly Plain[])[] {
  return Array.from({ length: list.length / length }, (_, at) => list.slice(at * length, (at + 1) * length));
}
