import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { throughChannels } from "./spread-channels.ts";
import { inAnyNumberOfWorkers, type Tried } from "./spreads.ts";

test("pipelines of any stages give out the same in any number of workers, where they may be in several", () => {
  const tried: Tried = { all: 0, host: 0, service: 0 };
  fc.assert(inAnyNumberOfWorkers(tried), { numRuns: rounds(200), includeErrorInReport: true });
  for (const count of Object.values(tried)) assert.ok(count > 4, JSON.stringify(tried));
});

test("two pipelines of any stages that a channel joins give out the same in any number of workers", () => {
  const tried: Tried = { all: 0, host: 0, service: 0 };
  fc.assert(throughChannels(tried), { numRuns: rounds(200), includeErrorInReport: true });
  for (const count of Object.values(tried)) assert.ok(count > 4, JSON.stringify(tried));
});
