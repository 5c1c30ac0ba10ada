import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import { prettyFormat } from "../../src/text/format-pretty.ts";
import fc from "../fast-check.ts";

const full = event({
  host: "web1",
  service: "http",
  state: "ok",
  metric: 5.2,
  description: "all well",
  tags: ["prod", "eu"],
  attributes: { version: "7" },
  time: new Date(2023, 4, 6, 12, 0, 1, 234).getTime() / 1000,
});

const formatPretty = (of: Event, isColored: boolean) => prettyFormat("p", isColored)(of);

test("an event reads time of day, host, service, state, metric, description, tags, attributes", () => {
  assert.equal(
    formatPretty(full, false),
    "p                    | 12:00:01.234 web1 http ok 5.2 all well [prod eu] version=7",
  );
});

test("absent host and service keep their places, other absent fields take none", () => {
  assert.match(formatPretty(event({ time: 0 }), false), / \| \d\d:\d\d:\d\d\.\d{3} - -$/);
});

test("the pipeline's name takes 20 columns, more when it is longer, and 60 at most", () => {
  const head = (name: string) => prettyFormat(name, false)(full).split(" | ")[0];
  assert.equal(head("errors to the team"), "errors to the team  ");
  assert.equal(head("requests per second of all"), "requests per second of all");
  assert.equal(head("x".repeat(100)), `${"x".repeat(59)}…`);
  assert.equal(head("a\n\x1b[2J"), "a\\n\\u001b[2J        ");
});

test("colours are of the name with its bar, and of known states", () => {
  assert.ok(
    formatPretty(full, true).startsWith(`\x1b[36m${"p".padEnd(20)} |\x1b[0m 12:00:01.234 web1 http \x1b[32mok\x1b[0m`),
  );
});

test("only known states have a colour", () => {
  assert.ok(formatPretty(full, true).includes("\x1b[32mok\x1b[0m"));
  assert.ok(formatPretty(full.with({ state: "constructor" }), true).includes(" constructor "));
});

test("a time that is none is shown as it is", () => {
  assert.match(formatPretty(event({ time: 1e20 }), false), / \| 100000000000000000000s /);
});

test("no text of an event can end the line or steer the terminal", () => {
  const anywhere = fc.oneof(fc.nat(0x9f), fc.integer({ min: 0x2020, max: 0x206f }), fc.nat(0x10ffff));
  const text = fc.string({ unit: anywhere.map((code) => String.fromCodePoint(code)) });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const nasty = event({
        time: 0,
        host: a,
        service: b,
        state: a,
        description: b,
        tags: [a],
        attributes: { [b]: a },
      });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      assert.doesNotMatch(formatPretty(nasty, false), /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
    }),
  );
  assert.ok(formatPretty(event({ time: 0, description: "a\n\x1b[2J" }), false).endsWith("a\\n\\u001b[2J"));
});
