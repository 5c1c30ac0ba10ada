import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../fast-check.ts";
import { isWhole, rounds } from "../rounds.ts";
import { throughChannels } from "./spread-channels.ts";
import { inAnyNumberOfWorkers, type Tried, WAYS } from "./spreads.ts";

test("pipelines of any stages give out the same in any number of workers, where they may be in several", () => {
  const tried: Tried = {};
  fc.assert(inAnyNumberOfWorkers(tried), { numRuns: rounds(200), includeErrorInReport: true });
  if (isWhole) for (const by of WAYS) assert.ok((tried[by] ?? 0) > 4, JSON.stringify(tried));
});

test("two pipelines of any stages that a channel joins give out the same in any number of workers", () => {
  const tried: Tried = {};
  fc.assert(throughChannels(tried), { numRuns: rounds(200), includeErrorInReport: true });
  if (isWhole) for (const by of WAYS) assert.ok((tried[by] ?? 0) > 4, JSON.stringify(tried));
});
