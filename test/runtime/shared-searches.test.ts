import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, Form } from "../../src/runtime/report.ts";
import { SharedSearches } from "../../src/runtime/shared-searches.ts";

const found = (text: string): Answer => ({ kind: "found", bytes: new Uint8Array(Buffer.from(text)) });
const textOf = (answer: Answer): string =>
  answer.kind === "found" ? Buffer.from(answer.bytes).toString() : answer.error;

/** Searches that end when they are told to. */
function setUp() {
  const begun: { readonly query: string; readonly forms: readonly Form[]; readonly end: (text: string) => void }[] = [];
  const searches = new SharedSearches(
    (query, forms) =>
      new Promise((resolve) => {
        const end = (text: string): void => resolve(forms.map((form) => found(`${text} ${form}`)));
        begun.push({ query, forms, end });
      }),
  );
  return { searches, begun };
}

test("those who ask the same while it is under way share one search, which begins when it is over, in all their forms", async () => {
  const { searches, begun } = setUp();
  const first = searches.ask("q", "frame");
  const others = [searches.ask("q", "frame"), searches.ask("q", "lines"), searches.ask("q", "frame")];
  assert.deepEqual(
    begun.map(({ forms }) => forms),
    [["frame"]],
  );
  begun[0]?.end("old");
  assert.equal(textOf(await first), "old frame");
  assert.deepEqual(
    begun.map(({ forms }) => forms),
    [["frame"], ["frame", "lines"]],
  );
  const late = searches.ask("q", "lines");
  begun[1]?.end("new");
  const [one, two, three] = await Promise.all(others);
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  assert.deepEqual([one, two].map(textOf), ["new frame", "new lines"]);
  assert.equal(one, three, "they are given the same bytes");
  begun[2]?.end("newest");
  assert.equal(textOf(await late), "newest lines", "what came behind its beginning is not missed");
});

test("other queries do not wait, and one that is over is forgotten", async () => {
  const { searches, begun } = setUp();
  const [a, b] = [searches.ask("a", "lines"), searches.ask("b", "lines")];
  begun[1]?.end("b");
  assert.equal(textOf(await b), "b lines");
  begun[0]?.end("a");
  await a;
  void searches.ask("a", "frame");
  assert.deepEqual(
    begun.map(({ query, forms }) => `${query} ${forms}`),
    ["a lines", "b lines", "a frame"],
  );
});
