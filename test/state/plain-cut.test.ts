import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { event } from "../../src/core/event.ts";
import type { Plain } from "../../src/core/state.ts";
import { PlainCut } from "../../src/state/plain-cut.ts";
import { decodePlain } from "../../src/state/plain-reader.ts";

const FINE = { minLater: 0, piecesPerLook: 1 };
const once = (): boolean => true;
const never = (): boolean => false;

function* inRows(...rows: readonly (readonly Plain[])[]): IterableIterator<readonly Plain[]> {
  yield* rows;
}

/** Two lists of which the second has something that was written early, another list in it, and one that nobody reads. */
function written(): Buffer {
  const cut = new PlainCut(null, FINE);
  let early = -1;
  cut.begin(() => ["a", cut.later(2, inRows([1, "b"])), cut.later(3, parts())]);
  function* parts(): IterableIterator<readonly Plain[]> {
    yield ["c"];
    yield [cut.earlier(early), null];
  }
  cut.write(once);
  early = cut.early(() => ["b", cut.later(1, inRows(["e"])), null]);
  while (!cut.write(once));
  cut.early(() => "too late");
  return Buffer.concat(cut.take() ?? []);
}

test("what is written later, and what is written early, stand where they belong", () => {
  assert.deepEqual(decodePlain(written()), ["a", [1, "b"], ["c", ["b", ["e"], null], null]]);
});

test("cut at any byte, it is damaged", () => {
  const bytes = written();
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => decodePlain(bytes.subarray(0, length)), { code: "FTS_STATE" }, `${length} bytes`);
});

test("a long list of what cannot change is written later, as it was", () => {
  const cut = new PlainCut();
  const events = Array.from({ length: 1000 }, (_, time) => event({ time }));
  const lists = events.map(({ time }) => [time]);
  cut.begin(() => [events, lists]);
  const expected = [[...events], lists.map((list) => [...list])];
  events.length = 3;
  for (const list of lists) list.push(0);
  assert.equal(cut.write(once), false);
  cut.write(never);
  assert.deepEqual(decodePlain(Buffer.concat(cut.take() ?? [])), expected);
});

describe("nothing is taken", () => {
  test("of one that was given up, and nothing is asked for any more", () => {
    const cut = new PlainCut(null, FINE);
    cut.begin(() => [cut.later(1, inRows([1]))]);
    cut.giveUp();
    cut.early(() => assert.fail("asked"));
    assert.deepEqual([cut.write(never), cut.isGivenUp, cut.take(), cut.error], [true, true, null, null]);
  });

  test("when there is nothing to save", () => {
    const cut = new PlainCut();
    assert.equal(
      cut.begin(() => null),
      null,
    );
    assert.deepEqual([cut.isOver, cut.isGivenUp, cut.take()], [true, true, null]);
  });

  test("when a part is not plain, and who changes it does not feel that", () => {
    for (const fail of [
      (cut: PlainCut) => cut.begin(() => new Map() as never),
      (cut: PlainCut) => cut.early(() => new Map() as never),
      (cut: PlainCut) => cut.begin(() => [cut.later(1, inRows([new Map() as never]))]),
    ]) {
      const cut = new PlainCut(null, FINE);
      fail(cut);
      cut.write(never);
      assert.deepEqual([cut.isOver, cut.isGivenUp, cut.take()], [true, false, null]);
      assert.equal((cut.error as { code?: string }).code, "FTS_STATE");
    }
  });
});
