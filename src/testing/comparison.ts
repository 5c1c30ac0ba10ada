import { FIELDS } from "./event-fields.ts";
import type { Cells } from "./expected-event.ts";

/**
 * An expected event beside the actual one, or one of them with nothing beside it, and the columns in which they differ.
 */
export interface Comparison {
  readonly expected: Cells | null;
  readonly got: Cells | null;
  readonly differing: readonly string[];
}

/** Of more rows in succession without a difference, all but the first and the last are left out. */
const MAX_ALIKE_ROWS = 4;
/** Longer texts are cut; those that differ later. */
const MAX_CELL_CHARACTERS = { alike: 32, differing: 80 };

/** Expected and actual events, side by side: `≠ - +` marks rows that differ, carets the fields. */
export function table(rows: readonly Comparison[]): string {
  const strictRecord = rows.flatMap(({ expected }) => [...(expected?.keys() ?? [])]);
  const unexpected = rows.flatMap(({ expected, got }) => (expected === null ? namesOfSet(got) : []));
  const left = inOrder(strictRecord);
  const right = inOrder([...strictRecord, ...unexpected]);
  const lines = [{ mark: " ", left, right }, ...shown(rows).flatMap((row) => linesOf(row, left, right))];
  const lefts = ["expected", ...padded(lines.map((line) => line.left))];
  const rights = ["got", ...padded(lines.map((line) => line.right))];
  const width = Math.max(...lefts.map((text) => text.length));
  return lefts
    .map((text, at) => `  ${lines[at - 1]?.mark ?? " "} ${text.padEnd(width)} │ ${rights[at]}`.trimEnd())
    .join("\n");
}

interface Line {
  readonly mark: string;
  readonly left: readonly string[];
  readonly right: readonly string[];
}

function linesOf(row: Comparison | string, left: readonly string[], right: readonly string[]): readonly Line[] {
  if (typeof row === "string") return [{ mark: "…", left: [row], right: [] }];
  const { expected, got, differing } = row;
  const mark = expected === null ? "+" : got === null ? "-" : differing.length > 0 ? "≠" : " ";
  const cells = (from: Cells | null, columns: readonly string[]): string[] =>
    columns.map((column) => {
      const value = from?.get(column) ?? null;
      // An absent value is shown where one was expected.
      if (value === null && (from === null || !expected?.has(column))) return "";
      return text(value, differing.includes(column));
    });
  const line = { mark, left: cells(expected, left), right: cells(got, right) };
  if (mark !== "≠") return [line];
  const carets = (texts: readonly string[], columns: readonly string[]): string[] =>
    texts.map((one, at) => (differing.includes(columns[at] ?? "") ? "^".repeat(Math.max(1, one.length)) : ""));
  return [line, { mark: " ", left: carets(line.left, left), right: carets(line.right, right) }];
}

/** The rows, or how many are left out. */
function shown(rows: readonly Comparison[]): readonly (Comparison | string)[] {
  const list: (Comparison | string)[] = [];
  let alike: Comparison[] = [];
  const flush = (): void => {
    const isLong = alike.length > MAX_ALIKE_ROWS;
    list.push(...(isLong ? [...alike.slice(0, 1), `${alike.length - 2} as expected`, ...alike.slice(-1)] : alike));
    alike = [];
  };
  for (const row of rows) {
    if (row.expected !== null && row.got !== null && row.differing.length === 0) {
      alike.push(row);
      continue;
    }
    flush();
    list.push(row);
  }
  flush();
  return list;
}

/** Each line's cells as one text, columns under each other. */
function padded(lines: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const cells of lines)
    if (cells.length > 1) for (const [at, cell] of cells.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return lines.map((cells) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function inOrder(columns: Iterable<string>): string[] {
  const place = (column: string): number => FIELDS.findIndex((field) => column.startsWith(field));
  return [...new Set(columns)].sort((a, b) => place(a) - place(b));
}

function namesOfSet(cells: Cells | null): string[] {
  const isSet = (value: unknown): boolean => value !== null && !(Array.isArray(value) && value.length === 0);
  return [...(cells ?? [])].flatMap(([column, value]) => (isSet(value) ? [column] : []));
}

function text(value: unknown, isDiffering: boolean): string {
  const words = wordsOf(value);
  const longest = isDiffering ? MAX_CELL_CHARACTERS.differing : MAX_CELL_CHARACTERS.alike;
  return words.length > longest ? `${words.slice(0, longest - 1)}…` : words;
}

function wordsOf(value: unknown): string {
  if (typeof value === "string") return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === "function") return String(value).replace(/\s+/g, " ");
  return Array.isArray(value) ? `[${value.map(wordsOf).join(", ")}]` : String(value);
}
