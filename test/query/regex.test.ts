import assert from "node:assert/strict";
import { test } from "node:test";
import { FastTsError } from "../../src/errors.ts";
import { compileRegex } from "../../src/query/regex.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { anyText } from "./any-text.ts";

const problem = (piece: string, what: string) => new FastTsError("FTS_QUERY", `${piece}: ${what}`);
const regex = (pattern: string) => compileRegex(pattern, { left: 500 }, problem);

/** A pattern of JavaScript's and ours, with groups, sets, edges and repetitions in each other. */
const { pattern } = fc.letrec<{ pattern: string; sequence: string; repeated: string; atom: string }>((tie) => ({
  pattern: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|")),
  sequence: fc.array(tie("repeated"), { maxLength: 3 }).map((parts) => parts.join("")),
  repeated: fc.oneof(
    { weight: 3, arbitrary: tie("atom") },
    fc.constantFrom("^", "$", "\\b", "\\B"),
    fc
      .tuple(tie("atom"), fc.constantFrom("*", "+", "?", "{2}", "{0,2}", "{1,}", "{0}", "*?", "+?", "??", "{1,2}?"))
      .map(([part, repeat]) => `${part}${repeat}`),
  ),
  atom: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("a", "b", "B", "é", "😀", "-", ".", "\\d", "\\w", "\\s", "\\W", "\\.", "\\n", "\\x61", "\\u00e9"),
    fc.constantFrom("[ab]", "[^ab]", "[a-c\\d]", "[\\]\\-]", "[.(]", "[^\\s]", "\\p{Lu}"),
    tie("pattern").map((inside) => `(${inside})`),
    tie("pattern").map((inside) => `(?:${inside})`),
  ),
}));
// Without characters of two code units: V8 also begins a search between the two, which the standard does not.
const text = fc.string({ unit: fc.constantFrom(..."aabbBAcé1_- .\n\r]"), maxLength: 8 });

test("a pattern is found in the texts in which JavaScript finds it", () => {
  fc.assert(
    fc.property(
      pattern,
      fc.constantFrom("", "i", "s", "is"),
      fc.array(text, { minLength: 5 }),
      (source, flags, texts) => {
        const isFound = regex(flags === "" ? source : `(?${flags})${source}`);
        const theirs = new RegExp(source, `u${flags}`);
        for (const one of texts) assert.equal(isFound(one), theirs.test(one), JSON.stringify(one));
      },
    ),
    { numRuns: rounds(200) },
  );
});

const FOUND: readonly (readonly [pattern: string, found: readonly string[], missed: readonly string[]])[] = [
  ["", ["", "a"], []],
  ["foo?[1-9]+", ["foo19", "foo1", "fo42"], ["abc", "foo", "fooo42"]],
  ["^api", ["api 1"], ["web api", ""]],
  ["api$", ["web api"], ["api 1", "api\n"]],
  ["^$", [""], ["\n"]],
  ["a.b", ["a-b", "a😀b"], ["a\nb", "ab"]],
  ["a😀{2}[^a]$", ["a😀😀😀"], ["a😀😀", "a😀"]],
  ["(?s)a.b", ["a\nb"], []],
  ["(?i)api É", ["API é"], ["web"]],
  ["web|api", ["api", "the web"], ["db"]],
  ["\\bap", ["an ap"], ["map"]],
  ["a{2,3}$", ["aa", "baaa"], ["a", "ba"]],
  ["^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]],
  ["^(a|){3}$", ["", "aaa"], ["aaaa"]],
  ["^(a{0,2}){2,}$", ["", "aaaaaaa"], ["b"]],
  ['a]}\\/\\-\\ \\"b', ['a]}/- "b'], ["ab"]],
  ["^\\p{L}+$", ["Ünï"], ["a1"]],
];
for (const [source, found, missed] of FOUND)
  test(`${JSON.stringify(source)} is found where it is`, () => {
    const isFound = regex(source);
    assert.deepEqual(
      found.filter((one) => !isFound(one)),
      [],
    );
    assert.deepEqual(missed.filter(isFound), []);
  });

const REFUSED: readonly (readonly [pattern: string, message: string])[] = [
  ["a(?=b)", "(?=: look-around is not supported"],
  ["(?<!a)b", "(?<!: look-around is not supported"],
  ["(?>a)", "(?>: atomic groups are not supported"],
  ["(?<name>a)", "(?<name>: groups have no names here, write (…)"],
  ["a(?i)b", "(?i): flags stand at the beginning only, (?i)…"],
  ["(?i:a)", "(?i:: flags stand at the beginning only, (?i)…"],
  ["(?x)a", "(?x): the only flags are i and s"],
  ["(a)\\1", "\\1: back references are not supported"],
  ["\\k<a>", "\\k: back references are not supported"],
  ["\\Qa\\E", "\\Q: there is no such escape"],
  ["a\\", "\\: there is no such escape"],
  ["a*+", "*+: possessive repetition is not supported"],
  ["a{2,1}", "{2,1}: the smaller number stands first"],
  ["*a", "*: there is nothing to repeat; with two backslashes before it, it stands for itself"],
  ["a**", "*: there is nothing to repeat; with two backslashes before it, it stands for itself"],
  ["a{x}", "{: there is nothing to repeat; with two backslashes before it, it stands for itself"],
  ["(a", '(: there is no closing ")"'],
  ["a)b", '): there is no "(" for it'],
  ["[a", '[: there is no closing "]"'],
  ["[]a]", '[]: a set of characters is not empty, and has no "[" and no "&&"'],
  ["[a[b]]", '[a[b]: a set of characters is not empty, and has no "[" and no "&&"'],
  ["[a-z&&b]", '[a-z&&b]: a set of characters is not empty, and has no "[" and no "&&"'],
  ["[z-a]", "[z-a]: range out of order in character class"],
  ["\\p{Cats}", "\\p{Cats}: invalid property name"],
];
for (const [source, message] of REFUSED)
  test(`${JSON.stringify(source)} is refused`, () => {
    assert.throws(() => regex(source), { message });
  });

test("any text is a pattern, or is refused in words", () => {
  const piece = fc.constantFrom(..."ab()[]{}|*+?^$.\\-,1:=!<>iPpux&😀", "(?", "\\d", "\\u", "{2,", "[^");
  fc.assert(
    fc.property(
      fc.oneof(
        anyText,
        fc.array(piece).map((pieces) => pieces.join("")),
      ),
      (source) => {
        let isFound: (text: string) => boolean;
        try {
          isFound = regex(source);
        } catch (error) {
          assert.ok(error instanceof FastTsError, String(error));
          return;
        }
        assert.equal(typeof isFound(source), "boolean");
      },
    ),
    { numRuns: rounds(200) },
  );
});

test("patterns of which JavaScript would try ways without end take as many steps as the text is long", () => {
  const text = `${"a".repeat(8_000)}!`;
  for (const source of [
    "(a+)+$",
    "^(a|a)*$",
    "(a|aa)+$",
    "(.*a){12}$",
    "(a*)*b",
    "((a?){9}){9}a{300}$",
    "(.*)(.*)(.*)(.*)b",
  ])
    assert.equal(regex(source)(text), false, source);
});

test("a search that comes to more places than are remembered finds what JavaScript finds", () => {
  const bits = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 100, maxLength: 300 });
  const sources = ["a[ab]{8}b[ab]{80}$", "(a|b)*a(a|b){9}a{3}b{3}", "\\b(a+b){6}b"];
  const searches = sources.map((source) => [regex(source), new RegExp(source, "u")] as const);
  fc.assert(
    fc.property(bits, (one) => {
      for (const [isFound, theirs] of searches) assert.equal(isFound(one), theirs.test(one));
    }),
  );
});

test("what is repeated counts as often, however it is nested, and all patterns of a query together", () => {
  const message = /^.*: with it there are more than 500 characters and groups to find$/;
  for (const source of [
    "a{500}",
    "((a{10}){10}){10}",
    "(){1000000000}",
    "((){99999}){99999}",
    "x".repeat(2_000),
    "(a+){999999999999999999999,}",
  ])
    assert.throws(() => regex(source), { message }, source);
  const room = { left: 500 };
  compileRegex("a{300}", room, problem);
  assert.throws(() => compileRegex("a{300}", room, problem), { message });
  assert.throws(() => regex("(".repeat(60_000)), { message: "(: there are more than 100 in each other" });
});

test("a text is searched in its first 8,192 characters, and ends where it ends", () => {
  const text = `${"a".repeat(8_191)}bc`;
  assert.deepEqual(
    ["b", "c", "b$", "c$", "^a+b"].map((source) => regex(source)(text)),
    [true, false, false, false, true],
  );
});
