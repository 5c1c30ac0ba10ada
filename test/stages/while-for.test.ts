import assert from "node:assert/strict";
import { test } from "node:test";
import { by, whileFor } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const critical = () => whileFor((e) => e.state === "critical", 10);
const one = (time: number, state: string | null, host: string | null = null) => ({ time, state, host });

test("passes events once the test has said yes for longer than that, until it says no", () => {
  const steps = [one(0, "critical"), one(10, "critical"), one(11, "critical"), one(12, "ok"), one(13, "critical")];
  assert.deepEqual(
    run([critical()], steps).map((e) => e.time),
    [11],
  );
});

test("compares all events with each other, and by keeps them apart", () => {
  const steps = [one(0, "critical", "a"), one(5, "ok", "b"), one(11, "critical", "a")];
  assert.equal(run([critical()], steps).length, 0);
  assert.equal(run([by("host", [critical()])], steps).length, 1);
});

test("takes nothing for a no, and refuses a promise", () => {
  assert.deepEqual(run([whileFor((e) => e.service?.startsWith("a"), 1)], [{ time: 0 }, { time: 5 }]), []);
  // @ts-expect-error a promise is no answer
  const stages = [whileFor(async () => true, 1)];
  assert.throws(() => run(stages, [{}]), /whileFor\(test\): must give true or false/);
});

test("refuses a test that is no function and a time that is not above 0", () => {
  // @ts-expect-error a string
  assert.throws(() => whileFor("critical", 1), {
    code: "FTS_STAGE_OPTION",
    message: 'whileFor(test): must be a function, got "critical" (a string)',
  });
  assert.throws(() => whileFor(() => true, 0), {
    code: "FTS_STAGE_OPTION",
    message: "whileFor(seconds): must be a number >= 0.001, got 0",
  });
});
