import fc from "../fast-check.ts";

/** Any text, lone surrogates included. (fast-check's own, `unit: "binary"`, first makes a table of a million characters.) */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }))
  .map((chars) => String.fromCodePoint(...chars));
