import assert from "node:assert/strict";
import { drill } from "./drill.ts";
import { runSuite } from "./suite.ts";

// Once is what unit tests say, of which their suite tries a part. Those that run end to end try all of theirs anyway.
drill("what tests try in rounds holds for all, or many times as many", 1, async ({ times, seed, say }) => {
  for (const name of times > 1 ? (["unit", "e2e"] as const) : (["unit"] as const)) {
    const { failed, report, seconds } = await runSuite(name, { FTS_TEST_ROUNDS: `${times}`, FTS_TEST_SEED: `${seed}` });
    assert.deepEqual(failed, [], report);
    say(`${name}: ${seconds.toFixed()} s`);
  }
});
