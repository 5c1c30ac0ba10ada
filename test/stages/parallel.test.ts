import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../src/core/stage.ts";
import { map, parallel, sreduce } from "../../src/stages/index.ts";
import { perform, run } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

/** Numbers its live copies and writes the number on each event. */
const copyNumber = () => {
  let copies = 0;
  return stage("copyNumber", ({ emit }) => {
    const copy = copies++;
    return (event) => emit(event.with({ description: String(copy) }));
  });
};

test("gives the copies events in turn", () => {
  const out = run([parallel(3, [copyNumber()])], [{}, {}, {}, {}]);
  assert.deepEqual(
    out.map((e) => e.description),
    ["0", "1", "2", "0"],
  );
});

test("gives each copy a state of its own", () => {
  const total = sreduce((acc, e) => e.with({ metric: (acc.metric ?? 0) + (e.metric ?? 0) }));
  const out = run([parallel(2, [total])], [{ metric: 1 }, { metric: 10 }, { metric: 1 }, { metric: 10 }]);
  assert.deepEqual(
    out.map((e) => e.metric),
    [2, 20],
  );
});

test("works on n events at a time when the stages wait for something", () => {
  let started = 0;
  const stuck = map(() => {
    started++;
    return new Promise(() => {});
  });
  perform([parallel(3, [stuck])], [{}, {}, {}, {}, {}]);
  assert.equal(started, 3);
});

test("gives equal keys to one copy, in their order, and uses all copies", () => {
  const event = fc.record({ host: fc.constantFrom(null, "a", "b", "c", "d"), service: fc.constantFrom("x", "y") });
  fc.assert(
    fc.property(fc.array(event), fc.integer({ min: 1, max: 4 }), (events, n) => {
      const steps = events.map((fields, metric) => ({ ...fields, metric }));
      const out = run([parallel(n, [copyNumber()], { key: ["host", "service"] })], steps);
      assert.equal(out.length, events.length);
      const copies = new Map<string, string | null>();
      const last = new Map<string, number>();
      for (const e of out) {
        const key = JSON.stringify([e.host, e.service]);
        assert.equal(e.description, copies.get(key) ?? e.description);
        assert.ok((e.metric ?? 0) >= (last.get(key) ?? 0));
        copies.set(key, e.description);
        last.set(key, e.metric ?? 0);
      }
    }),
    { numRuns: rounds(50) },
  );
  const hosts = Array.from({ length: 1000 }, (_, n) => ({ host: `host-${n}` }));
  for (const key of ["host", ["host", "service"]] as const) {
    const used = new Map<string | null, number>();
    for (const e of run([parallel(4, [copyNumber()], { key })], hosts))
      used.set(e.description, (used.get(e.description) ?? 0) + 1);
    for (const share of used.values()) assert.ok(share > 150 && share < 350, `${share} of 1000 on one of 4 copies`);
  }
});

test("takes a function as key", () => {
  const out = run(
    [parallel(2, [copyNumber()], { key: (e) => e.metric })],
    [{ metric: 1 }, { metric: 1 }, { metric: 1 }],
  );
  assert.equal(new Set(out.map((e) => e.description)).size, 1);
});

test("refuses to make no copy, and a key that is none", () => {
  assert.throws(() => parallel(0, []), {
    code: "FTS_STAGE_OPTION",
    message: "parallel(n): must be a whole number >= 1, got 0",
  });
  // @ts-expect-error a typing slip
  assert.throws(() => parallel(2, [], { key: "hots" }), {
    code: "FTS_STAGE_OPTION",
    message: /^parallel\(key\): must be one of host/,
  });
  // @ts-expect-error a stage without a list around it
  assert.throws(() => parallel(2, copyNumber()), { message: /^parallel\(stages\): must be a list of stages/ });
  // @ts-expect-error a typing slip
  assert.throws(() => parallel(2, [], { by: "host" }), {
    code: "FTS_STAGE_OPTION",
    message: /no option "by"; did you mean "key"\? it takes key$/,
  });
});
