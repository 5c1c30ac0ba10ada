import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { tag, top } from "../../src/stages/index.ts";
import { at, perform, run, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";

const one = (host: string, metric: number | null, more = {}) => ({ host, metric, ...more });
const shown = (events: readonly Event[]) =>
  events.map((e) => `${e.tags[0] ?? "top"} ${e.host} ${e.state === "expired" ? "expired" : e.metric}`);
const bottom = [tag("bottom")];
/** Two of all, the displaced told late, as Riemann's `top` without a bottom. */
const late = () => [top(2, "metric", [], { bottom, demote: false })];
const prompt = () => [top(2, "metric", [], { bottom })];

test("gives those with the largest values to the top, the others to the bottom, each told of the other's", () => {
  assert.deepEqual(shown(run(late(), [one("a", 3), one("b", 2), one("c", 1)])), [
    "bottom a expired",
    "top a 3",
    "bottom b expired",
    "top b 2",
    "top c expired",
    "bottom c 1",
  ]);
});

test("without a bottom tells the top of those that are not in it", () => {
  assert.deepEqual(shown(run([top(1, "metric", [])], [one("a", 3), one("b", 2)])), ["top a 3", "top b expired"]);
});

test("lets a larger one in for the smallest, and does not let a tie in", () => {
  const steps = [one("a", 1), one("b", 2), one("c", 1), one("c", 3), one("a", 1)];
  assert.deepEqual(
    shown(run(late(), steps)).filter((line) => !line.includes("expired")),
    ["top a 1", "top b 2", "bottom c 1", "top c 3", "bottom a 1"],
  );
});

test("with a bottom tells both sides of the displaced at once, before the newcomer", () => {
  assert.deepEqual(shown(run(prompt(), [one("a", 1), one("b", 2), one("c", 3)])).slice(4), [
    "top a expired",
    "bottom a 1",
    "bottom c expired",
    "top c 3",
  ]);
});

test("gives the displaced its last event, not the one it came in with", () => {
  const steps = [one("a", 1), one("b", 9), one("a", 2), one("c", 3)];
  assert.deepEqual(shown(run(prompt(), steps)).slice(-4), [
    "top a expired",
    "bottom a 2",
    "bottom c expired",
    "top c 3",
  ]);
});

test("keeps one that is in with any value, until another displaces it", () => {
  const steps = [one("a", 8), one("b", 9), one("c", 5), one("a", 1), one("c", 5), one("a", 7)];
  assert.deepEqual(
    shown(run(late(), steps)).filter((line) => !line.includes("expired")),
    ["top a 8", "top b 9", "bottom c 5", "top a 1", "top c 5", "top a 7"],
  );
});

test("tells services of one host apart", () => {
  const steps = [one("a", 1, { service: "x" }), one("a", 2, { service: "y" }), one("a", 3, { service: "z" })];
  assert.deepEqual(shown(run([top(2, "metric", [])], steps)), ["top a 1", "top a 2", "top a 3"]);
});

test("gives an expired event to both sides as it is, and its place to another", () => {
  const steps = [one("a", 8), one("b", 9), one("b", 9, { state: "expired" }), one("c", 1), one("b", 1)];
  assert.deepEqual(shown(run(late(), steps)).slice(4), [
    "top b expired",
    "bottom b expired",
    "bottom c expired",
    "top c 1",
    "top b expired",
    "bottom b 1",
  ]);
});

test("takes an event that is too old for expired, by its ttl or by what the daemon is told", () => {
  const old = [wait(10), one("a", 1, { time: 4 })];
  assert.deepEqual(shown(run(late(), old)), ["bottom a expired", "top a 1"]);
  assert.deepEqual(shown(run(late(), old, { defaultTtl: 5 })), ["top a 1", "bottom a 1"]);
  assert.deepEqual(shown(run(late(), [wait(10), one("a", 1, { time: 4, ttl: 5 })])), ["top a 1", "bottom a 1"]);
});

test("takes the place of one without a value, and gives the event to the bottom", () => {
  for (const metric of [null, Number.NaN]) {
    const steps = [one("a", 8), one("b", 9), one("b", metric), one("c", 1)];
    assert.deepEqual(shown(run(late(), steps)).slice(4), [
      "top b expired",
      `bottom b ${metric}`,
      "bottom c expired",
      "top c 1",
    ]);
  }
});

test("ranks by several values: the second decides between those that are equal in the first", () => {
  const sized = (host: string, metric: number, ttl: number | null) => ({ host, metric, ttl });
  const steps = [sized("a", 1, 10), sized("b", 2, 10), sized("c", 1, 20), sized("d", 1, 15), sized("e", 1, null)];
  const out = run([top(2, ["metric", "ttl"], [])], steps);
  assert.deepEqual(
    out.map((e) => e.host + (e.state ?? "")),
    ["a", "b", "c", "dexpired", "eexpired"],
  );
  const tie = run(
    [top(1, ["metric", "ttl"], [])],
    [sized("a", 1, 10), sized("b", 1, 10), sized("a", 1, 5), sized("b", 1, 6)],
  );
  assert.deepEqual(
    tie.map((e) => e.host + (e.state ?? "")),
    ["a", "bexpired", "a", "b"],
  );
  assert.throws(() => Reflect.apply(top, null, [1, [], []]), {
    message: /^top\(value\): must be metric, time, ttl, a function/,
  });
});

test("ranks by what a function gives", () => {
  const size = (e: Event) => e.attributes.size?.length;
  const sized = (host: string, size: string) => ({ host, attributes: { size } });
  const out = run([top(1, size, [])], [sized("a", "xl"), sized("b", "xxl"), { host: "c" }]);
  assert.deepEqual(
    out.map((e) => e.host + (e.state ?? "")),
    ["a", "b", "cexpired"],
  );
});

test("lets those be displaced that fell silent, after ttl or their own when that is longer", () => {
  const passed = (more: object, seconds: number) =>
    run([top(1, "metric", [], { ttl: 100 })], [one("a", 9, more), wait(seconds), one("b", 1)]).at(-1)?.state;
  assert.equal(passed({}, 100), "expired");
  assert.equal(passed({}, 101), null);
  assert.equal(passed({ ttl: 200 }, 200), "expired");
  assert.equal(passed({ ttl: 200 }, 201), null);
  assert.equal(passed({ ttl: Number.NaN }, 101), null);
  const after = (seconds: number) => run([top(1, "metric", [])], [one("a", 9), wait(seconds), one("b", 1)]).at(-1);
  assert.deepEqual([after(3600)?.state, after(3601)?.state], ["expired", null], "an hour when nothing is said");
});

test("lets each go at its own time, not with another that fell silent before", () => {
  const steps = [one("a", 9), at(1, one("b", 8)), at(101, one("c", 1)), at(101, one("d", 0)), at(102, one("e", 0))];
  assert.deepEqual(shown(run([top(2, "metric", [], { ttl: 100 })], steps)), [
    "top a 9",
    "top b 8",
    "top c 1",
    "top d expired",
    "top e 0",
  ]);
});

test("leaves no timer behind", () => {
  assert.equal(perform(prompt(), [one("a", 1)]).timersLeft, 0);
});

test("is the ranking that a plain list gives", () => {
  const events = fc.array(
    fc.record({
      host: fc.constantFrom("a", "b", "c"),
      service: fc.constantFrom("x", "y"),
      metric: fc.option(fc.integer({ min: 0, max: 6 })),
      state: fc.constantFrom(null, null, null, "expired"),
    }),
    { maxLength: 60, size: "max" },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), events, (k, drawn) => {
      // No two values are equal: which of several smallest members has to go is left open.
      const given = drawn.map((one, at) => ({ ...one, metric: one.metric === null ? null : one.metric + at / 1000 }));
      const out = run([top(k, "metric", [], { bottom: [tag("bottom")], demote: false })], given);
      const isIn = out.filter((e) => e.state === null).map((e) => e.tags.length === 0);
      assert.deepEqual(isIn, plainly(k, given));
    }),
  );
});

/** For each event that is not expired whether it is in: all looked through each time, as Riemann does. */
function plainly(
  k: number,
  events: readonly { host: string; service: string; metric: number | null; state: string | null }[],
): boolean[] {
  const members = new Map<string, number>();
  return events.flatMap(({ host, service, metric, state }) => {
    const key = `${host} ${service}`;
    if (state === "expired" || metric === null) {
      members.delete(key);
      return state === null ? [false] : [];
    }
    const smallest = [...members].reduce<[string, number] | null>(
      (min, at) => (min && min[1] <= at[1] ? min : at),
      null,
    );
    if (smallest !== null && !members.has(key) && members.size >= k) {
      if (metric <= smallest[1]) return [false];
      members.delete(smallest[0]);
    }
    members.set(key, metric);
    return [true];
  });
}

test("refuses a number that is none, a measure that is none, and wrong options", () => {
  const refuses = (make: () => unknown, message: string | RegExp, code = "FTS_STAGE_OPTION") =>
    assert.throws(make, { code, message });
  refuses(() => top(0, "metric", []), "top(k): must be a whole number from 1 to max (100000), got 0");
  refuses(() => top(200_000, "metric", []), /^top\(k\): must be a whole number from 1 to max \(100000\), got 200000/);
  refuses(() => top(3, "metric", [], { max: 2 }), /^top\(k\): must be a whole number from 1 to max \(2\), got 3/);
  refuses(() => top(1, "metric", [], { max: 0 }), /^top\(max\): must be/);
  assert.doesNotThrow(() => top(200_000, "metric", [], { max: 200_000 }));
  // @ts-expect-error a text cannot be ranked
  const byText = () => top(1, "host", []);
  refuses(
    byText,
    'top(value): must be metric, time, ttl, a function of the event, or a list of these, got "host" (a string)',
  );
  // @ts-expect-error the list is missing
  refuses(() => top(1, "metric", tag("x")), /^top\(stages\): must be a list/, "FTS_NOT_A_STAGE");
  // @ts-expect-error the list is missing
  refuses(() => top(1, "metric", [], { bottom: tag("x") }), /^top\(bottom\): must be a list/, "FTS_NOT_A_STAGE");
  // @ts-expect-error a number
  refuses(() => top(1, "metric", [], { demote: 1 }), "top(demote): must be true or false, got 1");
  refuses(() => top(1, "metric", [], { ttl: 0 }), "top(ttl): must be a number >= 0.001, got 0");
  refuses(
    // @ts-expect-error a typing slip
    () => top(1, "metric", [], { botom: [] }),
    /no option "botom"; did you mean "bottom"\? it takes bottom, demote, max, ttl$/,
  );
  // @ts-expect-error a text
  const texts = [top(1, (e) => e.host, [])];
  assert.throws(() => run(texts, [{ host: "a" }]), /top\(value\): the function must give a number or null, got "a"/);
});
