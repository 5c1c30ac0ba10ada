import assert from "node:assert/strict";
import { drill } from "./drill.ts";
import { runSuite } from "./suite.ts";

drill("every property of the unit suite holds for many times as many rounds", 0, async ({ times }) => {
  const { failed, report } = await runSuite("unit", { FTS_TEST_ROUNDS: `${times}` });
  assert.deepEqual(failed, [], report);
});
