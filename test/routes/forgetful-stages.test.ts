import assert from "node:assert/strict";
import { test } from "node:test";
import { by, type Context, counter, type Event, filter, rate, split, stage } from "fast-ts";
import { forgetfulStages } from "../../src/routes/forgetful-stages.ts";
import { EVERY } from "../stages/samples.ts";

const variables = stage<Event, never>("variables", ({ emit: _ }) => {
  let seen = 0;
  return () => void seen++;
});
const nothing = stage("nothing", () => {
  let seen = 0;
  return () => void seen++;
});
const kept = stage("kept", ({ state }) => {
  const own = state(() => ({ seen: 0 }));
  return () => void own.seen++;
});
const helped = (context: Context<never>) => {
  const own = context.state(() => ({ seen: 0 }));
  return () => void own.seen++;
};
const whole = stage("whole", (context) => helped(context));
const rest = stage("rest", ({ emit: _, ...all }) => helped(all as Context<never>));
const without = stage(
  "without",
  ({ emit: _ }) =>
    () => {},
  { memory: 0 },
);
const method = stage(
  "method",
  {
    start({ emit: _ }: Context<never>) {
      let seen = 0;
      return () => void seen++;
    },
  }.start,
);

test("stages that can only keep their state in variables are named with their places", () => {
  assert.deepEqual(forgetfulStages([kept, whole, rest, without]), []);
  assert.deepEqual(forgetfulStages([variables, nothing, method]), ["variables#0", "nothing#1", "method#2"]);
  assert.deepEqual(
    forgetfulStages([
      filter(() => true),
      by("host", [counter(), variables]),
      split([[() => true, [rate(5), nothing]]]),
    ]),
    ["by#1/variables#1", "split#2/nothing#1"],
  );
});

test("no stage of the catalogue is", () => {
  for (const [name, made] of Object.entries(EVERY)) assert.deepEqual(forgetfulStages(made()), [], name);
});
