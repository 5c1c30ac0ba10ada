import fc from "../fast-check.ts";
import { inAnyNumberOfWorkers, type Tried } from "../runtime/spreads.ts";
import { drill } from "./drill.ts";

drill("pipelines of any stages give out the same in any number of workers", 1500, async ({ times, seed, say }) => {
  const tried: Tried = { all: 0, host: 0, service: 0 };
  fc.assert(inAnyNumberOfWorkers(tried), { numRuns: times, seed, includeErrorInReport: true });
  const { all, host, service } = tried;
  say(`${host} pipelines by host and ${service} by service: no difference; ${all} in one worker`);
});
