import { type ProblemAt, quoted } from "./problem.ts";

const MEANT: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["b", "\b"],
  ["t", "\t"],
  ["n", "\n"],
  ["f", "\f"],
  ["r", "\r"],
]);

/** What a text in quotes means; `at` is where it stands in the query. */
export function unescaped(text: string, at: number, problemAt: ProblemAt): string {
  return text.slice(1, -1).replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gsu, (written, hex, letter, offset) => {
    const meant = hex === undefined ? MEANT.get(letter) : String.fromCharCode(Number.parseInt(hex, 16));
    if (meant !== undefined) return meant;
    const hint = letter === "u" ? "\\u is followed by four hexadecimal digits" : `a backslash itself is written \\\\`;
    throw problemAt(at + 1 + offset, `there is no escape ${quoted(written)}: ${hint}`);
  });
}
