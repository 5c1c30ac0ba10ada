import { coerceError } from "../errors.ts";
import type { PatternProblem } from "./problem.ts";

/** Whether a character, given by its code point, matches a piece of a pattern. */
export type TestChar = (codePoint: number) => boolean;

/**
 * Compiles pieces of a pattern that stand for one character: `a`, `.`, `\d`, `[a-z]`. JavaScript's own regular
 * expressions decide, each on a single character, so there is no backtracking.
 */
export function charTests(flags: string, problem: PatternProblem): (piece: string) => TestChar {
  const compiled = new Map<string, TestChar>();
  return (piece) => {
    const test = compiled.get(piece) ?? charTest(regexOf(piece, flags, problem));
    compiled.set(piece, test);
    return test;
  };
}

function charTest(regex: RegExp): TestChar {
  const test: TestChar = (codePoint) => regex.test(String.fromCodePoint(codePoint));
  const ascii: boolean[] = [];
  return (codePoint) => {
    if (codePoint >= 128) return test(codePoint);
    ascii[codePoint] ??= test(codePoint);
    return ascii[codePoint];
  };
}

function regexOf(piece: string, flags: string, problem: PatternProblem): RegExp {
  // To Java these sets would be joined or cut, to JavaScript the signs would be characters like others.
  if (/^\[\^?\]|&&|.\[/s.test(piece.replace(/\\./gsu, "_")))
    throw problem(piece, 'a set of characters is not empty, and has no "[" and no "&&"');
  // A sign after a backslash stands for itself, as does any other character.
  const source = piece.replace(/\\([^\p{L}\p{N}])|^[^\\[.]$/gu, (whole, sign = whole) => escapeOf(sign));
  try {
    return new RegExp(`^${source}$`, `u${flags}`);
  } catch (error) {
    throw problem(piece, coerceError(error).message.replace(/^.*: /s, "").toLowerCase());
  }
}

function escapeOf(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
