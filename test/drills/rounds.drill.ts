import assert from "node:assert/strict";
import { drill } from "./drill.ts";
import { runSuite } from "./suite.ts";

drill("what tests try in rounds holds for many times as many", 0, async ({ times, seed, say }) => {
  for (const name of ["unit", "e2e"] as const) {
    const { failed, report, seconds } = await runSuite(name, { FTS_TEST_ROUNDS: `${times}`, FTS_TEST_SEED: `${seed}` });
    assert.deepEqual(failed, [], report);
    say(`${name}: ${seconds.toFixed()} s`);
  }
});
