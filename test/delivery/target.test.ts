import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import type { Verdict } from "../../src/core/target-port.ts";
import { DeliveryFailure, type FailureDetails } from "../../src/delivery/failure.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { Rig, range, SETTINGS, settled, VALUE } from "./target-rig.ts";

function fail(verdict: Verdict, details: FailureDetails = {}): () => Promise<void> {
  return () => Promise.reject(new DeliveryFailure(verdict, "no", details));
}

/** Refuses each batch in which one of these is. */
function refuse(...bad: number[]): (items: readonly number[]) => Promise<void> {
  return async (items) => {
    if (items.some((item) => bad.includes(item))) throw new DeliveryFailure("refused", "no", { answer: "bad item" });
  };
}

test("what comes in one turn goes together, as much as a batch holds", async () => {
  const rig = new Rig();
  await rig.give(...range(0, 25));
  assert.deepEqual(rig.writes, [range(0, 10), range(10, 20), range(20, 25)]);
  assert.equal(rig.books.count, 25);
});

test("a batch is sent when it is full, or when its oldest item has waited long enough", async () => {
  const rig = new Rig({ batch: { events: 3, bytes: 1000, seconds: 5 } });
  await rig.give(1, 2);
  await rig.wait(4.9);
  assert.deepEqual(rig.writes, []);
  await rig.wait(0.1);
  await rig.give(3, 4, 5);
  assert.deepEqual(rig.writes, [
    [1, 2],
    [3, 4, 5],
  ]);
});

test("a queue that is too small for a batch, and fed faster than it may wait, is sent for all that", async () => {
  const rig = new Rig({ maxEvents: 5, batch: { events: 10, bytes: 1000, seconds: 1 } });
  for (let n = 0; n < 100; n += 5) {
    await rig.give(...range(n, n + 5));
    await rig.wait(0.5);
  }
  assert.deepEqual(
    [...new Set(rig.times)],
    range(0, 10).map((n) => 1_001 + n),
    "each second, though none of them waits for one",
  );
  assert.equal(rig.books.count, 50);
});

test("a batch has no more bytes than it may, but one item at least", async () => {
  const rig = new Rig({ batch: { events: 100, bytes: 250, seconds: 0 } });
  await rig.give(1, 2, 3);
  void rig.target.offer(rig.books, 4, 1, 9_999, VALUE);
  await settled();
  assert.deepEqual(rig.writes, [[1, 2], [3], [4]]);
});

test("a failed write is tried again until the target takes it, in order", async () => {
  const rig = new Rig();
  let failures = 5;
  rig.answer = async () => {
    if (failures-- > 0) throw new DeliveryFailure("retry", "down");
  };
  await rig.give(...range(0, 12));
  await rig.wait(30);
  assert.deepEqual(rig.writes.slice(-2), [range(0, 10), [10, 11]]);
  assert.equal(rig.writes.length, 7);
  assert.equal(rig.target.report.retries, 5);
  assert.equal(rig.books.count, 12);
});

test("a target that is back is found within five seconds, however long it was away", async () => {
  const rig = new Rig({}, () => 0.999);
  rig.answer = fail("retry");
  await rig.give(1);
  await rig.wait(20_000 / 10);
  rig.answer = async () => {};
  await rig.wait(5);
  assert.equal(rig.books.count, 1);
});

test("a target that asks to be left alone is", async () => {
  const rig = new Rig();
  rig.answer = fail("retry", { retryAfter: 60 });
  await rig.give(1);
  rig.answer = async () => {};
  await rig.wait(59);
  assert.equal(rig.writes.length, 1);
  await rig.wait(1);
  assert.equal(rig.books.count, 1);
});

test("an item that could not be delivered for too long is given up, with the error's text", async () => {
  const rig = new Rig({ retryFor: 100 });
  rig.answer = fail("retry");
  await rig.give(1);
  await rig.wait(105);
  assert.deepEqual(rig.books.drops, [{ items: [1], reason: "failed", answer: "no" }]);
  assert.equal(rig.target.report.pending, 0);
});

test("a target that asks to be left alone for longer than retryFor is tried once more at its end", async () => {
  const rig = new Rig({ retryFor: 100 });
  rig.answer = fail("retry", { retryAfter: 86_400 });
  await rig.give(1, 2);
  await rig.wait(99);
  assert.equal(rig.writes.length, 1);
  await rig.wait(2);
  assert.deepEqual(rig.times, [1_000, 1_100]);
  assert.deepEqual(rig.books.gone, [1, 2]);
});

test("each line about a target names it, the one that tells of the end too", async () => {
  const rig = new Rig();
  rig.answer = fail("refused");
  await rig.give(1);
  rig.answer = async () => {};
  await rig.wait(60);
  await rig.give(2);
  assert.deepEqual(
    rig.log.map(({ message, fields }) => [message, fields.target, fields.lost]),
    [
      ["the target did not take the events", "t", undefined],
      ["the trouble is over", "t", 1],
    ],
  );
});

test("a refused batch is halved until the bad items are found: they alone are given up", async () => {
  const rig = new Rig();
  rig.answer = refuse(3, 7);
  await rig.give(...range(0, 10));
  assert.deepEqual(rig.books.gone.toSorted(), [3, 7]);
  assert.deepEqual(
    rig.books.drops.map(({ reason, answer }) => [reason, answer]),
    [
      ["refused", "bad item"],
      ["refused", "bad item"],
    ],
  );
  assert.equal(rig.books.count, 8);
});

test("a target that says what became of each item is believed", async () => {
  const rig = new Rig();
  let isFirst = true;
  rig.answer = async () => {
    if (isFirst) throw new DeliveryFailure("retry", "partly", { rejected: [0], again: [2, 3] });
  };
  const given = rig.give(10, 11, 12, 13);
  isFirst = true;
  await given;
  isFirst = false;
  await rig.wait(10);
  assert.deepEqual(rig.books.gone, [10]);
  assert.deepEqual(rig.writes, [
    [10, 11, 12, 13],
    [12, 13],
  ]);
  assert.equal(rig.books.count, 3);
});

test("when it is full the oldest go, the newest, or the giver waits", async () => {
  const held = new Promise<void>(() => {});
  for (const [onFull, gone] of [
    ["drop-oldest", [1, 2]],
    ["drop-newest", [4, 5]],
  ] as const) {
    const rig = new Rig({ maxEvents: 4, batch: { events: 1, bytes: 1000, seconds: 0 }, onFull });
    rig.answer = () => held;
    await rig.give(0);
    await rig.give(...range(1, 6));
    assert.deepEqual(rig.books.gone, gone);
    assert.ok(rig.isBalanced);
    assert.equal(rig.books.held, 4);
  }
});

test("between tries the oldest make room, those that failed too: the newest are delivered when the target is back", async () => {
  for (const maxEvents of [1, 7, 10, 25]) {
    const rig = new Rig({ maxEvents });
    rig.answer = fail("retry");
    for (let n = 0; n < 100; n += 5) {
      await rig.give(...range(n, n + 5));
      assert.ok(rig.isBalanced);
      assert.ok(rig.target.report.pending <= maxEvents);
      await rig.wait(0.1);
    }
    assert.deepEqual(rig.books.gone, range(0, 100 - maxEvents));
    assert.ok(rig.writes.length < 15, "it is left alone between tries, whatever was dropped");
    const before = rig.writes.length;
    rig.answer = async () => {};
    await rig.wait(10);
    assert.deepEqual(rig.writes.slice(before).flat(), range(100 - maxEvents, 100));
    assert.equal(rig.books.held, 0);
  }
});

test("what is being written is not taken back, and newer items have room beside it, in however many writes it hangs", async () => {
  for (const concurrency of [1, 5]) {
    const rig = new Rig({ maxEvents: 20, timeout: 5, concurrency, batch: { events: 4, bytes: 10_000, seconds: 0 } });
    rig.answer = () => new Promise(() => {});
    await rig.give(...range(0, 20));
    await rig.give(...range(20, 100));
    const hanging = Math.min(10, 4 * concurrency);
    assert.deepEqual(rig.writes.flat(), range(0, hanging));
    assert.deepEqual(rig.books.gone, range(hanging, hanging + 80), "the newest stay");
    await rig.wait(5.01);
    await rig.give(100);
    assert.equal(rig.books.gone.at(-1), 0, "what has failed makes room again");
    assert.ok(rig.isBalanced);
  }
});

test("a batch that is larger than the queue leaves room for newer items, unless they are to wait", async () => {
  for (const [onFull, gone] of [
    ["drop-oldest", [2, 3]],
    ["drop-newest", [4, 5]],
    ["wait", []],
  ] as const) {
    const rig = new Rig({ maxEvents: 4, onFull });
    rig.answer = () => new Promise(() => {});
    await rig.give(...range(0, 4));
    await rig.give(4, 5);
    assert.deepEqual(rig.books.gone, gone, onFull);
    assert.equal(rig.writes[0]?.length, onFull === "drop-oldest" ? 2 : 4);
  }
});

test("a list makes room as a whole, and bytes are given back", async () => {
  const rig = new Rig({ maxBytes: 1_000, maxEvents: 6 });
  rig.answer = fail("retry");
  void rig.target.offer(rig.books, 0, 3, 600, VALUE);
  void rig.target.offer(rig.books, 1, 3, 400, VALUE);
  await settled();
  assert.equal(rig.writes.length, 1);
  void rig.target.offer(rig.books, 2, 1, 500, VALUE);
  assert.deepEqual(rig.books.gone, [0]);
  rig.answer = async () => {};
  await rig.wait(10);
  assert.deepEqual(rig.writes.slice(-2), [[1], [2]]);
  assert.ok(rig.isBalanced);
});

test("who waits for room is taken in when there is some, and not at all when its run ends before", async () => {
  let open = (): void => {};
  const rig = new Rig({ maxEvents: 1, batch: { events: 1, bytes: 1000, seconds: 0 }, onFull: "wait" });
  rig.answer = () =>
    new Promise((resolve) => {
      open = resolve;
    });
  await rig.give(0);
  const [one, two] = [event({ service: "one", time: 1 }), event({ service: "two", time: 1 })];
  const [first, second] = [one, two].map((value, at) => rig.target.offer(rig.books, at + 1, 1, 100, value));
  assert.ok(first instanceof Promise && second instanceof Promise);
  assert.equal(rig.books.held, 1, "who waits is not held");
  open();
  await first;
  rig.books.isEnded = true;
  await settled();
  open();
  await second;
  assert.deepEqual(rig.books.passed, [VALUE, one]);
  assert.deepEqual(rig.writes, [[0], [1]]);
});

test("an emptied queue lets in no more of those who wait than it holds", async () => {
  const rig = new Rig({ maxEvents: 2, batch: { events: 2, bytes: 1000, seconds: 0 }, onFull: "wait" });
  let open = (): void => {};
  rig.answer = () =>
    new Promise((resolve) => {
      open = resolve;
    });
  await rig.give(...range(0, 7));
  for (const [first, last] of [
    [0, 2],
    [2, 4],
    [4, 6],
  ] as const) {
    assert.equal(rig.books.held, 2);
    assert.deepEqual(rig.writes.at(-1), range(first, last));
    open();
    await settled();
  }
});

test("bytes are bounded as events are", async () => {
  const rig = new Rig({ maxBytes: 350, batch: { events: 1, bytes: 1000, seconds: 0 }, onFull: "drop-newest" });
  rig.answer = () => new Promise(() => {});
  await rig.give(...range(0, 5));
  assert.deepEqual(rig.books.gone, [3, 4]);
});

test("a write that is not answered in time is tried again, and its late answer changes nothing", async () => {
  const rig = new Rig({ timeout: 5 });
  const late: (() => void)[] = [];
  rig.answer = () => new Promise((resolve) => late.push(resolve));
  await rig.give(1);
  await rig.wait(7);
  assert.equal(rig.writes.length, 2);
  late[0]?.();
  await settled();
  assert.equal(rig.books.count, 0);
  late[1]?.();
  await settled();
  assert.equal(rig.books.count, 1);
});

test("after three failures one write at a time is tried, whatever the concurrency", async () => {
  const rig = new Rig({ concurrency: 4, batch: { events: 1, bytes: 1000, seconds: 0 } });
  rig.answer = fail("retry");
  await rig.give(...range(0, 8));
  await rig.wait(10);
  assert.equal(rig.target.report.circuit, "open");
  const before = rig.writes.length;
  rig.answer = () => new Promise(() => {});
  await rig.wait(10);
  assert.equal(rig.writes.length - before, 1);
});

test("an outage is told of after ten seconds, once, and its end once", async () => {
  const rig = new Rig();
  rig.answer = fail("retry");
  await rig.give(1);
  await rig.wait(9);
  assert.deepEqual(rig.outages, []);
  await rig.wait(600);
  assert.deepEqual(rig.outages, ["critical"]);
  assert.equal(rig.messages("target takes no events"), 1);
  rig.answer = async () => {};
  await rig.wait(10);
  assert.deepEqual(rig.outages, ["critical", "ok"]);
  assert.equal(rig.messages("target takes events again"), 1);
});

test("that no end of an outage will be told is told when the target is closed, and after an end not", async () => {
  for (const [isOver, end] of [
    [false, "closed"],
    [true, "ok"],
  ] as const) {
    const rig = new Rig();
    rig.answer = fail("retry");
    await rig.give(1);
    await rig.wait(60);
    if (isOver) rig.answer = async () => {};
    await rig.wait(60);
    await rig.target.close();
    assert.deepEqual(rig.outages, ["critical", end]);
  }
});

test("what overflows says whether the target is slow or away, and the end of an outage how many were given up", async () => {
  const full = /what waits for it is full/;
  const lines = (rig: Rig) => rig.log.filter(({ message }) => full.test(message));
  const slow = new Rig({ maxEvents: 2 });
  slow.answer = () => new Promise(() => {});
  await slow.give(1, 2);
  await slow.give(3, 4);
  assert.deepEqual(
    lines(slow).map(({ message, fields }) => [message, fields]),
    [
      [
        "the target is too slow, and what waits for it is full: events are dropped",
        { target: "t", waiting: 1, maxEvents: 2 },
      ],
    ],
  );

  const away = new Rig({ maxEvents: 2 });
  away.answer = fail("retry");
  await away.give(1, 2);
  await away.wait(20);
  await away.give(3, 4, 5);
  assert.match(lines(away)[0]?.message ?? "", /^the target does not answer, and/);
  away.answer = async () => {};
  await away.wait(10);
  assert.deepEqual(away.outages, ["critical", "ok"]);
  assert.equal(away.told.at(-1), "t takes events again, 1 wait for it, 3 were given up meanwhile");
  const ends = away.log.filter(({ fields }) => fields.lost !== undefined);
  assert.deepEqual(ends, [{ message: "target takes events again", fields: { target: "t", lost: 3, waiting: 1 } }]);
  await away.wait(60);
  await away.give(6);
  await away.target.close();
  assert.equal(away.log.at(-1)?.message, "target takes events again", "one end, and nothing more at the close");
});

test("a target that has answered since its trouble, and holds nothing, is closed without a complaint", async () => {
  for (const [isBack, message] of [
    [true, "the trouble is over"],
    [false, "the trouble lasted until the target was closed"],
  ] as const) {
    const rig = new Rig();
    rig.answer = fail("retry");
    await rig.give(1);
    await rig.wait(2);
    if (isBack) rig.answer = async () => {};
    await rig.wait(6);
    await rig.target.close();
    assert.equal(rig.log.at(-1)?.message, message);
  }
});

test("an outage begins when the write began that failed first, but not before the last answer", async () => {
  const silent = new Rig();
  silent.answer = () => new Promise(() => {});
  await silent.give(1);
  await silent.wait(29.9);
  assert.deepEqual(silent.outages, []);
  await silent.wait(0.2);
  assert.deepEqual(silent.outages, ["critical"]);

  const busy = new Rig({ concurrency: 2, isOrdered: false, batch: { events: 1, bytes: 1000, seconds: 0 } });
  busy.answer = ([item]) => (item === 1 ? new Promise(() => {}) : Promise.resolve());
  await busy.give(1);
  await busy.wait(29);
  await busy.give(2);
  await busy.wait(9);
  assert.deepEqual(busy.outages, []);
  await busy.wait(1.1);
  assert.deepEqual(busy.outages, ["critical"]);
});

test("a target that only refuses has never taken anything", async () => {
  const rig = new Rig();
  rig.answer = fail("refused");
  await rig.give(1);
  assert.equal(rig.target.report.lastSuccess, null);
  rig.answer = async () => {};
  await rig.wait(5);
  await rig.give(2);
  assert.equal(rig.target.report.lastSuccess, 1_005);
});

test("what a target said is cut between characters", () => {
  const { answer } = new DeliveryFailure("refused", "no", { answer: `${"a".repeat(510)}😀😀` });
  assert.equal(answer, `${"a".repeat(510)}…`);
});

test("a short trouble is no outage", async () => {
  const rig = new Rig();
  rig.answer = fail("retry");
  await rig.give(1);
  await rig.wait(5);
  rig.answer = async () => {};
  await rig.wait(100);
  assert.deepEqual(rig.outages, []);
});

test("with a rate, what waits for the next write goes together into it", async () => {
  const rig = new Rig({ rate: { n: 2, seconds: 60 }, batch: { events: 50, bytes: 100_000, seconds: 0 } });
  await rig.give(1, 2, 3, 4, 5);
  assert.deepEqual(rig.writes, [[1], [2, 3, 4, 5]]);
  await rig.give(6, 7);
  await rig.wait(59);
  assert.equal(rig.writes.length, 2);
  await rig.wait(1);
  assert.deepEqual(rig.writes.slice(2), [[6], [7]]);
});

test("with a rate for single writes, what comes faster waits its turn; a list counts as its events", async () => {
  const rig = new Rig({ rate: { n: 2, seconds: 60 }, isSingle: true });
  await rig.give(1, 2, 3, 4, 5);
  assert.deepEqual(rig.writes, [[1], [2]]);
  await rig.wait(60);
  assert.deepEqual(rig.writes.slice(2), [[3], [4]]);
  await rig.wait(60);
  rig.target.offer(rig.books, 6, 5, 10, []);
  await settled();
  assert.deepEqual(rig.writes.slice(4), [[5], [6]]);
  await rig.give(7);
  await rig.wait(59);
  assert.equal(rig.writes.length, 6);
  await rig.wait(1);
  assert.deepEqual(rig.writes.slice(6), [[7]]);
});

test("a flush does not wait for a batch's time, and resolves when nothing is held", async () => {
  const rig = new Rig({ batch: { events: 10, bytes: 1000, seconds: 3600 } });
  await rig.give(1);
  let isFlushed = false;
  void rig.target.flush().then(() => {
    isFlushed = true;
  });
  await settled();
  await settled();
  assert.ok(isFlushed);
  assert.deepEqual(rig.writes, [[1]]);
});

for (const [step, offset] of Object.entries({ back: -3_600, forward: 1_800 })) {
  test(`a clock that is set ${step} holds nothing up, and brings nothing forward`, async () => {
    const away = new Rig();
    away.answer = fail("retry", { retryAfter: 8 });
    await away.give(1);
    away.clock.offset = offset;
    away.answer = async () => {};
    await away.give(2);
    await away.wait(7.9);
    assert.deepEqual(away.writes, [[1]]);
    await away.wait(0.2);
    assert.deepEqual(away.writes, [[1], [1], [2]]);

    const limited = new Rig({ rate: { n: 1, seconds: 60 } });
    await limited.give(1);
    limited.clock.offset = offset;
    await limited.give(2);
    await limited.wait(59.9);
    assert.deepEqual(limited.writes, [[1]]);
    await limited.wait(0.2);
    assert.deepEqual(limited.writes, [[1], [2]]);

    const gathering = new Rig({ batch: { events: 10, bytes: 1000, seconds: 5 } });
    await gathering.give(1);
    gathering.clock.offset = offset;
    await gathering.wait(5);
    assert.deepEqual(gathering.writes, [[1]]);
    assert.equal(away.target.report.seconds.sum, 0);
  });
}

for (const offset of [-7_200, 7_200]) {
  test(`what a target does not take is given up after retryFor, whatever the clock is set by: ${offset} s`, async () => {
    const rig = new Rig({ retryFor: 3_600 });
    rig.answer = fail("retry");
    await rig.give(1);
    await rig.wait(600);
    rig.clock.offset = offset;
    await rig.wait(2_900);
    assert.deepEqual(rig.books.gone, []);
    const { oldest } = rig.target.report;
    assert.equal(Math.round(rig.clock.now() - Number(oldest)), 3_500, "operators are told its age");
    await rig.wait(105);
    assert.deepEqual(rig.books.gone, [1]);
    assert.equal(rig.target.report.oldest, null);
  });
}

test("other settings apply to the same queue", async () => {
  const rig = new Rig({ batch: { events: 10, bytes: 1000, seconds: 3600 } });
  await rig.give(1, 2);
  rig.target.settings = { ...SETTINGS, batch: { events: 2, bytes: 1000, seconds: 3600 } };
  await settled();
  assert.deepEqual(rig.writes, [[1, 2]]);
});

test("whatever the target answers, each item is delivered once or given up once, in order", async () => {
  const answers = fc.constantFrom("ok", "ok", "ok", "retry", "refused", "failed", "partial", "hang");
  const step = fc.oneof(
    fc.nat({ max: 30 }).map((give) => ({ give })),
    fc.integer({ min: 1, max: 40 }).map((wait) => ({ wait })),
    fc.integer({ min: -500, max: 500 }).map((set) => ({ set })),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.array(answers, { maxLength: 40 }),
      fc.constantFrom(1, 3),
      fc.constantFrom("drop-oldest", "drop-newest"),
      async (steps, replies, concurrency, onFull) => {
        const rig = new Rig({ concurrency, onFull, maxEvents: 50, timeout: 20, retryFor: 200 });
        const left = [...replies];
        const took: number[] = [];
        rig.answer = async (items) => {
          const reply = left.shift() ?? "ok";
          if (reply === "hang") await new Promise(() => {});
          if (reply === "partial") {
            const [rejected, again] = [[0], items.length > 2 ? [2] : []];
            took.push(...items.filter((_, i) => !rejected.includes(i) && !again.includes(i)));
            throw new DeliveryFailure("retry", "partly", { rejected, again });
          }
          if (reply !== "ok") throw new DeliveryFailure(reply as Verdict, reply);
          took.push(...items);
        };
        let next = 0;
        for (const one of steps) {
          if ("give" in one) await rig.give(...range(next, next + one.give));
          if ("give" in one) next += one.give;
          else if ("set" in one) rig.clock.offset += one.set;
          else await rig.wait(one.wait);
          assert.ok(rig.isBalanced);
          assert.ok(rig.target.report.pending <= 50);
          assert.equal(rig.books.held, rig.target.report.pending);
        }
        await rig.wait(2_000);
        assert.equal(rig.target.report.pending, 0);
        assert.deepEqual(
          [...took, ...rig.books.gone].toSorted((a, b) => a - b),
          range(0, next),
        );
        assert.equal(rig.books.count, took.length);
        if (concurrency === 1) {
          const firsts = took.filter((item, i) => took.indexOf(item) === i);
          if (!replies.includes("partial"))
            assert.deepEqual(
              firsts,
              firsts.toSorted((a, b) => a - b),
            );
        }
      },
    ),
    { numRuns: rounds(150) },
  );
});

test("what came until a moment is safe once it is delivered or given up, also of a batch that was divided", async () => {
  const rig = new Rig();
  const answers: (() => void)[] = [];
  rig.answer = () => new Promise((resolve) => answers.push(resolve));
  await rig.give(1, 2);
  const first = rig.clock.elapsed();
  rig.clock.advanceTo(first + 1);
  await rig.give(3);
  const isSafe = (): boolean[] => [first - 1, first, first + 1].map((until) => rig.target.isSafe(until));
  assert.deepEqual(isSafe(), [true, false, false]);
  answers.shift()?.();
  await settled();
  assert.deepEqual(isSafe(), [true, true, false]);
  answers.shift()?.();
  await settled();
  assert.deepEqual(isSafe(), [true, true, true]);
  rig.answer = async (items) => {
    if (items.includes(5)) throw new DeliveryFailure("refused", "no");
  };
  await rig.give(4, 5, 6);
  await rig.wait(1);
  assert.deepEqual([rig.books.gone, rig.target.isSafe(rig.clock.elapsed())], [[5], true]);
});

test("a target that asks to be left alone for long is told of, with the time, also when it asks later", async () => {
  const rig = new Rig();
  rig.answer = fail("retry");
  await rig.give(1);
  await rig.wait(5);
  rig.answer = fail("retry", { retryAfter: 3600 });
  await rig.wait(20);
  const line = rig.log.find(({ message }) => message === "the target is left alone, as it asks");
  assert.equal(line?.fields.retry_in_seconds, 3600);
  const outage = rig.log.find(({ message }) => message === "target takes no events");
  assert.equal(outage?.fields.retry_in_seconds, 3600);
});
