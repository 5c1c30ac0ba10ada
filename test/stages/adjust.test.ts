import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { type Adjustments, adjust } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const changed = (fields: Adjustments, from: Parameters<typeof run>[1][number]) => run([adjust(fields)], [from])[0];

test("replaces values with what functions make of them", () => {
  assert.deepEqual(
    changed(
      { metric: Math.round, host: (host) => host.toUpperCase() },
      { host: "a", metric: 1.6, time: 1, state: "ok" },
    ),
    event({ host: "A", metric: 2, time: 1, state: "ok" }),
  );
});

test("leaves what is not there, and does not call for it", () => {
  let calls = 0;
  const called = () => {
    calls += 1;
    return null;
  };
  const out = changed({ metric: called, host: called, "attributes.zone": called }, { metric: 0 });
  assert.deepEqual([out?.metric, out?.host, calls], [null, null, 1]);
});

test("adjusts tags, attributes together and single ones, and the time", () => {
  const out = changed(
    {
      tags: (tags) => tags.slice(1),
      "attributes.zone": (zone) => `${zone}!`,
      "attributes.rack": () => null,
      time: (time) => time + 1,
    },
    { time: 1, tags: ["a", "b"], attributes: { zone: "z", rack: "r" } },
  );
  assert.deepEqual([out?.tags, { ...out?.attributes }, out?.time], [["b"], { zone: "z!" }, 2]);
  const all = changed(
    { attributes: ({ zone = "" }) => ({ zone, more: "x" }) },
    { attributes: { zone: "z", rack: "r" } },
  );
  assert.deepEqual({ ...all?.attributes }, { zone: "z", more: "x" });
});

test("gives the function the value alone", () => {
  assert.equal(changed({ metric: Math.max }, { metric: 3 })?.metric, 3);
});

test("says so when a function gives what the field cannot hold", () => {
  // @ts-expect-error a text
  const stages = [adjust({ metric: (metric) => metric.toFixed(1) })];
  assert.throws(() => run(stages, [{ metric: 1 }]), /adjust\(metric\): the function must give a number .* got "1\.0"/);
});

test("refuses what is no field, and what is no function", () => {
  // @ts-expect-error a typing slip
  assert.throws(() => adjust({ metrics: Math.round }), { code: "FTS_STAGE_OPTION", message: /got "metrics"/ });
  // @ts-expect-error a value
  assert.throws(() => adjust({ metric: 1 }), {
    code: "FTS_STAGE_OPTION",
    message: "adjust(metric): must be a function, got 1",
  });
});
