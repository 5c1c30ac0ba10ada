import fc from "../fast-check.ts";
import { inAnyNumberOfWorkers, type Tried } from "../runtime/spreads.ts";
import { drill } from "./drill.ts";

drill("pipelines of any stages give out the same in any number of workers", 1500, async ({ times, seed, say }) => {
  const tried: Tried = {};
  fc.assert(inAnyNumberOfWorkers(tried), { numRuns: times, seed, includeErrorInReport: true });
  const { all, ...others } = tried;
  say(`no difference of pipelines by ${JSON.stringify(others)}; ${all} in one worker`);
});
