import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, type EventFields, event } from "../../src/core/event.ts";
import { FastTsError } from "../../src/errors.ts";
import { compileQuery } from "../../src/query/query.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { anyText } from "./any-text.ts";

/** Queries, and what is said of them; a caret stands before the place. */
const REFUSED: readonly (readonly [query: string, message: string])[] = [
  ["host = ^and service", 'expected a value after "=", got "and"'],
  ["host = ^", 'expected a value after "=", got the end'],
  ["^", "expected a condition, got the end"],
  [" , ^", "expected a condition, got the end"],
  ["^= 5", 'expected a condition, got "="'],
  ["host and ^or", 'expected a condition after "and", got "or"'],
  ["not ^)", 'expected a condition after "not", got ")"'],
  ["(^)", 'expected a condition after "(", got ")"'],
  ['host ^"web"', 'expected an operator or the end after "host", got "web"'],
  ["host ^AND service", 'expected an operator or the end after "host", got the name "AND"'],
  ["1 < 2 ^< 3", 'expected an operator or the end after "2", got "<"'],
  ["host^)", 'expected an operator or the end after "host", got ")"'],
  ["true or (host^", 'expected an operator or the ")" for column 9 after "host", got the end'],
  ["tagged ^prod", 'expected a text in double quotes after "tagged", got the name "prod"'],
  ["host =~ ^web", 'expected a text in double quotes after "=~", got the name "web"'],
  ["host ~= ^5", 'expected a text in double quotes after "~=", got "5"'],
  ['metric > ^"5"', 'expected a number or a field after ">", got "5"'],
  ["metric <= ^nil", 'expected a number or a field after "<=", got "nil"'],
  ["host = ^'web'", 'there is no "\'", write texts in double quotes: "…"'],
  ["host ^== 5", 'there is no "==", write "="'],
  ["host ^<> 5", 'there is no "<>", write "!="'],
  ["host ^&& service", 'there is no "&&", write "and"'],
  ["host^||service", 'there is no "||", write "or"'],
  ["^!host", 'there is no "!", write "not"'],
  ["metric^+1", 'there is no "+"'],
  ["state^:ok", 'there is no ":"'],
  ["host = ^😀", 'there is no "😀"'],
  ["host = ^\u001b[31m", 'there is no "\\u001b"'],
  ['host = ^"web', 'this text has no end: expected a closing "'],
  ['host = ^"web\\"', 'this text has no end: expected a closing "'],
  ['host ~= "a^\\d"', 'there is no escape "\\d": a backslash itself is written \\\\'],
  ['host = "^\\u12g4"', 'there is no escape "\\u": \\u is followed by four hexadecimal digits'],
  [
    "host = ^10.0.0.1",
    '"10.0.0.1" is neither a number nor a name: write texts in double quotes, and other names as attributes."…"',
  ],
  [
    "metric > ^5m",
    '"5m" is neither a number nor a name: write texts in double quotes, and other names as attributes."…"',
  ],
  ["metric = ^-1e999", '"-1e999" is beyond what a number can be, about 1.8e308: write Infinity or -Infinity for that'],
  [
    "^attributes. = 5",
    '"attributes." is neither a number nor a name: write texts in double quotes, and other names as attributes."…"',
  ],
  ['tags ^= "prod"', 'tags are a list: write tagged "…" to look for one of them'],
  ["host ^!= tags", 'tags are a list: write tagged "…" to look for one of them'],
  ['tags ^=~ "prod"', 'tags are a list: write tagged "…" to look for one of them'],
  ["metric ^> tags", 'tags are a list: write tagged "…" to look for one of them'],
  ['host ~= ^"a(?=b)"', 'in the regular expression, "(?=": look-around is not supported'],
  [
    'a ~= "a{300}" or b ~= ^"b{300}"',
    'in the regular expression, "b{300}": with it there are more than 500 characters and groups to find',
  ],
  [`${"(".repeat(30)}${"(".repeat(10)}true`.replace("true", "^"), 'expected a condition after "(", got the end'],
];
for (const [marked, what] of REFUSED)
  test(`${JSON.stringify(marked)} is refused where the caret is, in words`, () => {
    const column = marked.indexOf("^") + 1;
    const query = marked.replace("^", "");
    assert.throws(
      () => compileQuery(query),
      (error) => {
        assert.ok(error instanceof FastTsError);
        assert.equal(error.code, "FTS_QUERY");
        const [first, shown, caret] = error.message.split("\n");
        assert.equal(first, `query: column ${column}: ${what}`);
        assert.equal(shown, `  ${query.replace("\u001b", "\\u001b")}`);
        assert.equal(caret, `  ${" ".repeat(column - 1)}^`);
        return true;
      },
    );
  });

test("of a long query the surroundings of the place are shown, on one line", () => {
  const query = `${"a\n= 1 or ".repeat(20)}oops oops ${"or a = 1 ".repeat(20)}`;
  assert.throws(() => compileQuery(query), {
    message: [
      'query: column 186: expected an operator or the end after "oops", got the name "oops"',
      "  …a\\n= 1 or a\\n= 1 or a\\n= 1 or a\\n= 1 or a\\n= 1 or oops oops or a = 1 or a = 1 or a = 1 or a = 1 or a = 1 …",
      `${" ".repeat(58)}^`,
    ].join("\n"),
  });
});

test("a query that is too long or too deep is refused", () => {
  assert.throws(() => compileQuery("true or ".repeat(100_000)), {
    code: "FTS_QUERY",
    message: /^query: column 65537: a query has at most 65536 characters, this one has 800000\n/,
  });
  for (const query of ["(".repeat(65_000), `${"(not ".repeat(101)}true${")".repeat(101)}`, "not (".repeat(10_000)])
    assert.throws(() => compileQuery(query), { message: /: there are more than 100 parentheses in each other\n/ });
});

test("any text is a query, or is refused with FTS_QUERY", () => {
  const piece = fc.constantFrom(
    ...[
      "host",
      "tags",
      "attributes.",
      "zone",
      "and",
      "or",
      "not",
      "tagged",
      "nil",
      "-1",
      "1e",
      '"a%"',
      '"(a|b)*"',
      '"',
      "\\",
    ],
    ...["(", ")", "=", "!=", "<", ">=", "=~", "~=", "!", " ", ",", "\n", "😀", "'", "NaN", "-"],
  );
  const text = fc.oneof(
    anyText,
    fc.array(piece, { size: "medium" }).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(text, (query) => {
      let matches: (event: Event) => boolean;
      try {
        matches = compileQuery(query).matches;
      } catch (error) {
        assert.ok(error instanceof FastTsError && error.code === "FTS_QUERY", String(error));
        return;
      }
      assert.equal(typeof matches(event({ host: "a", metric: 1, time: 0 })), "boolean");
    }),
    { numRuns: rounds(200) },
  );
});

/** A query in its pieces, how close its last operator binds, and what it says of an event. */
interface Meant {
  readonly pieces: readonly string[];
  readonly binds: number;
  readonly of: (event: Event) => boolean;
}
type Read = (event: Event) => string | number | boolean | null;

const NAMES = new Map<string, Read>([
  ["host", (e) => e.host],
  ["service", (e) => e.service],
  ["metric", (e) => e.metric],
  ["time", (e) => e.time],
  ["ttl", (e) => e.ttl],
  ["zone", (e) => e.attributes.zone ?? null],
  ["attributes.host", (e) => e.attributes.host ?? null],
  ['attributes."a/b"', (e) => e.attributes["a/b"] ?? null],
]);
const TEXTS = ["a", "b.c", "", 'x"\\y'];
const side = (values: readonly (readonly [string, Read])[]) => fc.constantFrom(...values);
const literal = (value: string | number | boolean | null): readonly [string, Read] => [
  JSON.stringify(value),
  () => value,
];
const fields = [...NAMES];
const numbers = [0, 1, -1.5, 1e21, 60].map(literal);
const values = [...fields, ...numbers, ...[...TEXTS, true, false, null].map(literal)];

const simple = fc.oneof(
  side(values).map(([text, read]) => leaf([text], (e) => read(e) !== null && read(e) !== false)),
  fc
    .tuple(side(values), fc.boolean(), side(values))
    .map(([[left, a], isEqual, [right, b]]) =>
      leaf([left, isEqual ? "=" : "!=", right], (e) => (a(e) === b(e)) === isEqual),
    ),
  fc
    .tuple(side(values), fc.constantFrom("<", "<=", ">", ">="), side([...fields, ...numbers]))
    .map(([[left, a], order, [right, b]]) => leaf([left, order, right], (e) => isOrdered(a(e), order, b(e)))),
  fc
    .tuple(
      side(fields),
      fc.constantFrom(["a", /^a$/], ["%", /^.*$/s], ["%.%", /^.*\..*$/s], ["b%c", /^b.*c$/s] as const),
    )
    .map(([[name, read], [pattern, regex]]) => leaf([name, "=~", `"${pattern}"`], (e) => isIn(read(e), regex))),
  fc
    .tuple(side(fields), fc.constantFrom("a", "^$", "^[^a]", "b.c|x", "(?:a|b)+\\.?c*$"))
    .map(([[name, read], pattern]) =>
      leaf([name, "~=", JSON.stringify(pattern)], (e) => isIn(read(e), new RegExp(pattern, "u"))),
    ),
  fc.constantFrom(...TEXTS).map((tag) => leaf(["tagged", JSON.stringify(tag)], (e) => e.tags.includes(tag))),
);
const { query: anyQuery } = fc.letrec<{ query: Meant }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    simple,
    tie("query").map((part) => ({ pieces: ["not", ...inside(part, 3)], binds: 3, of: (e: Event) => !part.of(e) })),
    fc.tuple(tie("query"), tie("query")).map(([a, b]) => ({
      pieces: [...inside(a, 2), "and", ...inside(b, 2)],
      binds: 2,
      of: (e: Event) => a.of(e) && b.of(e),
    })),
    fc.tuple(tie("query"), tie("query")).map(([a, b]) => ({
      pieces: [...inside(a, 1), "or", ...inside(b, 1)],
      binds: 1,
      of: (e: Event) => a.of(e) || b.of(e),
    })),
  ),
}));
const text = fc.option(fc.constantFrom(...TEXTS));
const number = fc.option(fc.constantFrom(0, 1, -1.5, 60));
const anyEvent = fc
  .record({
    host: text,
    service: text,
    metric: number,
    time: fc.constantFrom(0, 1, 60),
    ttl: number,
    tags: fc.subarray(TEXTS),
    attributes: fc.dictionary(fc.constantFrom("zone", "host", "a/b"), fc.constantFrom(...TEXTS)),
  } satisfies Partial<Record<keyof EventFields, unknown>>)
  .map(event);

test("a query says of an event what its tree says, with blanks and without", () => {
  const blank = fc.constantFrom(" ", ",", "\n\t ", " , ");
  fc.assert(
    fc.property(anyQuery, blank, fc.array(anyEvent, { minLength: 5 }), ({ pieces, of }, wide, events) => {
      const queries = [pieces.join(wide), tight(pieces)].map((query) => compileQuery(query));
      for (const one of events) for (const { matches } of queries) assert.equal(matches(one), of(one));
    }),
    { numRuns: rounds(200) },
  );
});

function leaf(pieces: readonly string[], of: (event: Event) => boolean): Meant {
  return { pieces, binds: 4, of };
}

function inside({ pieces, binds }: Meant, least: number): readonly string[] {
  return binds < least ? ["(", ...pieces, ")"] : pieces;
}

/** A blank only between what would be one word. */
function tight(pieces: readonly string[]): string {
  return pieces.reduce((before, piece) => before + (/[\w.-]$/.test(before) && /^[\w-]/.test(piece) ? " " : "") + piece);
}

function isIn(value: unknown, regex: RegExp): boolean {
  return typeof value === "string" && regex.test(value);
}

function isOrdered(a: unknown, order: string, b: unknown): boolean {
  if (typeof a !== "number" || typeof b !== "number") return false;
  return (order.startsWith("<") ? a < b : a > b) || (order.endsWith("=") && a === b);
}
