/** One line of a table: what each column shows. */
export type Row = Readonly<Record<string, string>>;

/** Prints rows under their column names, first column to the left, the others to the right. */
export function printTable(title: string, rows: readonly Row[]): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  const text = (line: readonly string[]): string =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd();
  const [head = [], ...body] = cells;
  console.log(`\n${title}\n${text(head)}\n${widths.map((width) => "-".repeat(width)).join("  ")}`);
  for (const line of body) console.log(text(line));
}

/** A goal of the project: what must be reached, and what is hoped for. */
export interface Goal {
  readonly must: number;
  readonly aim?: number;
}

/** The columns that put a figure beside its goal; `more` says that a greater figure is a better one. */
export function against(figure: number, { must, aim }: Goal, more: boolean, show: (n: number) => string): Row {
  const reaches = (goal: number): boolean => (more ? figure >= goal : figure <= goal);
  const verdict = aim !== undefined && reaches(aim) ? "aim" : reaches(must) ? "must" : "MISSED";
  return { must: show(must), aim: aim === undefined ? "" : show(aim), reached: verdict };
}
