import assert from "node:assert/strict";
import { test } from "node:test";
import { TimerQueue } from "../../src/core/timer-queue.ts";
import fc from "../fast-check.ts";

/** Runs all that is due until `now`; returns what ran. */
function until(queue: TimerQueue, now: number, ran: string[]): string[] {
  while (queue.nextDue() <= now) queue.runNext(queue.nextDue());
  return ran;
}

test("runs timers by the time they are due, those due together in the order they were planned, cancelled ones never", () => {
  const plan = fc.record({ due: fc.integer({ min: 0, max: 20 }), isCancelled: fc.boolean() });
  fc.assert(
    fc.property(fc.array(plan, { maxLength: 300, size: "max" }), (plans) => {
      const queue = new TimerQueue();
      const ran: number[] = [];
      const timers = plans.map(({ due }, n) => queue.add(due, () => ran.push(n), 0));
      for (const [n, timer] of timers.entries()) if (plans[n]?.isCancelled) queue.cancel(timer);
      const left = plans.map((one, n) => ({ ...one, n })).filter((one) => !one.isCancelled);
      assert.equal(queue.size, left.length);
      until(queue, 20, []);
      const order = left.toSorted((a, b) => a.due - b.due || a.n - b.n).map(({ n }) => n);
      assert.deepEqual([ran, queue.size, queue.nextDue()], [order, 0, Number.POSITIVE_INFINITY]);
    }),
  );
});

test("a timer that repeats keeps to its grid, and leaves out what was missed", () => {
  const queue = new TimerQueue();
  const ran: number[] = [];
  let now = 0;
  queue.add(2, () => ran.push(now), 3);
  for (now of [2, 5, 15, 17]) while (queue.nextDue() <= now) queue.runNext(now);
  assert.deepEqual(ran, [2, 5, 15, 17], "due at 2, 5, 8; run late at 15, it is due at 17 next");
});

test("a timer may repeat more often than every second", () => {
  const queue = new TimerQueue();
  const ran: string[] = [];
  queue.add(0.5, () => ran.push("tick"), 0.5);
  assert.equal(until(queue, 1.5, ran).length, 3);
});

test("a timer may cancel itself, others, and plan new ones while it runs", () => {
  const queue = new TimerQueue();
  const ran: string[] = [];
  const repeating = queue.add(
    1,
    () => {
      ran.push("repeating");
      queue.cancel(repeating);
      queue.cancel(other);
      queue.add(1, () => ran.push("new"), 0);
    },
    1,
  );
  const other = queue.add(2, () => ran.push("other"), 0);
  assert.deepEqual(until(queue, 10, ran), ["repeating", "new"]);
  assert.equal(queue.size, 0);
});

test("to cancel a timer twice, or one that ran, changes nothing", () => {
  const queue = new TimerQueue();
  const ran: string[] = [];
  const [first, second] = ["first", "second"].map((name, n) => queue.add(n, () => ran.push(name), 0));
  queue.add(3, () => ran.push("third"), 0);
  until(queue, 0, ran);
  for (const timer of [first, second, second]) if (timer !== undefined) queue.cancel(timer);
  assert.equal(queue.size, 1);
  assert.deepEqual([until(queue, 9, ran), queue.size], [["first", "third"], 0]);
});

test("cleared, it runs nothing, and to cancel what was planned changes nothing", () => {
  const queue = new TimerQueue();
  const ran: string[] = [];
  const timers = [1, 2].map((due) => queue.add(due, () => ran.push("cleared"), 0));
  queue.clear();
  assert.deepEqual([queue.size, queue.nextDue()], [0, Number.POSITIVE_INFINITY]);
  queue.add(3, () => ran.push("new"), 0);
  for (const timer of timers) queue.cancel(timer);
  assert.deepEqual([queue.size, until(queue, 9, ran)], [1, ["new"]]);
});
