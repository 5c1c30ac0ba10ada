import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../src/core/queue.ts";
import fc from "../fast-check.ts";

test("gives items in the order of a list, also when its ring has wrapped and grown", () => {
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.record({ push: fc.nat() }) },
    fc.record({ unshift: fc.nat() }),
    { weight: 2, arbitrary: fc.constant("shift" as const) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200, size: "max" }), (actions) => {
      const queue = new Queue<number>();
      const list: number[] = [];
      for (const one of actions) {
        if (one === "shift") {
          assert.equal(queue.shift(), list.shift());
        } else if (typeof one === "number") {
          for (let n = 0; n < one; n++) {
            queue.push(n);
            list.push(n);
          }
        } else if ("push" in one) {
          queue.push(one.push);
          list.push(one.push);
        } else {
          queue.unshift(one.unshift);
          list.unshift(one.unshift);
        }
        assert.equal(queue.length, list.length);
      }
      while (list.length > 0) assert.equal(queue.shift(), list.shift());
      assert.equal(queue.shift(), undefined);
    }),
  );
});

test("is empty after clear, and works on", () => {
  const queue = new Queue<string>();
  for (let n = 0; n < 100; n++) queue.push(`item ${n}`);
  queue.clear();
  assert.deepEqual([queue.length, queue.shift()], [0, undefined]);
  queue.push("a");
  assert.equal(queue.shift(), "a");
});
