import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_SILENCES, problemOf } from "../../src/silences/silence.ts";
import { readSilences, writeSilences } from "../../src/silences/silence-text.ts";
import fc from "../fast-check.ts";

const ONE = { id: "a", query: "true", from: 0, until: 60, why: "w", who: "me" };

test("what is written is read again, whatever is in it", () => {
  const text = fc.string({ unit: "grapheme" });
  const time = fc.integer({ min: 0, max: 4e12 }).map((ms) => ms / 1000);
  const silence = fc.record(
    { id: text, query: text, from: time, until: time, why: text, who: text },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(silence, { maxLength: 4 }), (silences) => {
      assert.deepEqual(readSilences("f", writeSilences(silences)), silences);
    }),
  );
});

test("times are dates that people can read and edit, and an empty file has no silence", () => {
  assert.match(writeSilences([ONE]), /"until": "1970-01-01T00:01:00.000Z"/);
  const [read] = readSilences("f", writeSilences([ONE]).replace("00:01:00.000Z", "02:00:00+01:00"));
  assert.equal(read?.until, 3600);
  assert.deepEqual(readSilences("f", " \n"), []);
});

test("what is wrong is said with its place", () => {
  const said = (text: string, message: RegExp) =>
    assert.throws(() => readSilences("/etc/s", text), { code: "FTS_SILENCE", message });
  said("{", /^\/etc\/s: is no JSON: /);
  said("[]", /^\/etc\/s: silences: must be a list: \{ "silences": \[ … \] \}, got undefined$/);
  said('{"silences": [1]}', /^\/etc\/s: silences\[0\].from: must be a text, got undefined$/);
  const wrong = writeSilences([ONE]).replace("1970-01-01T00:00:00.000Z", "soon");
  said(wrong, /silences\[0\].from: must be a time such as 2026-11-29T22:00:00Z, got "soon"/);
  said(writeSilences(Array(MAX_SILENCES + 1).fill(ONE)), /must be 1000 at most: end some, got 1001/);
});

test("a silence has a query that compiles, and ends after it begins", () => {
  assert.equal(problemOf(ONE), null);
  assert.match(problemOf({ ...ONE, query: "host =" }) ?? "", /column/);
  assert.equal(problemOf({ ...ONE, until: 0 }), "it ends before it begins");
  assert.equal(problemOf({ ...ONE, until: 8.64e12 }), null);
  assert.equal(problemOf({ ...ONE, until: 8.65e12 }), "it ends in more years than a date has");
});
