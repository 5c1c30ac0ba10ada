import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8Bytes } from "../../src/delivery/cut-text.ts";
import { type Message, mergeMessages, type Note, newMessage, notesText } from "../../src/delivery/message.ts";
import fc from "../fast-check.ts";

const note = (title: string): Note => ({ title, text: `${title} is down`, state: "critical", link: null });
const message = (title: string): Message => newMessage(title, [title], note, 10);
const text = ({ text: words }: Note): string => words;

test("a message about a list has a note of each event that is shown, and their number", () => {
  const made = newMessage("3 events", ["a", "b", "c"], note, 2);
  assert.deepEqual(made, { title: "3 events", notes: [note("a"), note("b")], events: 3, alerts: [] });
});

test("a title is one line of 200 characters, whatever is in it", () => {
  assert.equal(newMessage("a\r\nBcc: x", ["a"], note, 1).title, "a Bcc: x");
  assert.equal(newMessage("é".repeat(500), ["a"], note, 1).title.length, 200);
});

test("several messages are one that names the first and counts all", () => {
  assert.deepEqual(mergeMessages([message("a"), message("b"), message("a")], 2), {
    title: "3 events: a, b",
    notes: [note("a"), note("b")],
    events: 3,
    alerts: [],
  });
  const told = (key: string): Message => ({ ...message(key), alerts: [{ key, phase: "trigger" }] });
  assert.deepEqual(
    mergeMessages([told("a"), message("b"), told("c")], 1).alerts.map(({ key }) => key),
    ["a", "c"],
  );
  assert.equal(mergeMessages(["a", "b", "c", "d", "e"].map(message), 9).title, "5 events: a, b, c, … 2 more");
  assert.deepEqual(mergeMessages([message("a")], 1), message("a"));
});

test("what does not fit is counted, and the first note is cut rather than left out", () => {
  const all = mergeMessages(["a", "b", "c"].map(message), 3);
  assert.equal(notesText(all, text, { max: 1000 }), "a is down\n\nb is down\n\nc is down");
  assert.equal(notesText(all, text, { max: 28, gap: "\n" }), "a is down\nb is down\n… 1 more");
  assert.equal(notesText(all, text, { max: 16, gap: "\n" }), "a is d…\n… 2 more");
});

test("the text never is larger than it may, and every event is shown or counted", () => {
  const names = fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 20, max: 400 }), (titles, shown, max) => {
      const merged = mergeMessages(titles.map(message), shown);
      const written = notesText(merged, () => "X".repeat(13), { max, size: utf8Bytes });
      assert.ok(utf8Bytes(written) <= max);
      const told = written.match(/X+…?/g)?.length ?? 0;
      const more = Number(/… (\d+) more$/.exec(written)?.[1] ?? 0);
      assert.equal(told + more, titles.length);
    }),
  );
});

test("no character is cut in two", () => {
  const one = newMessage("t", ["x"], () => ({ ...note("x"), text: "😀😀😀" }), 1);
  for (let max = 1; max < 8; max++) encodeURIComponent(notesText(one, text, { max }));
});
