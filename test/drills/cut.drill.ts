import fc from "../fast-check.ts";
import { whereverChainsAreCut } from "../stages/cuts.ts";
import { drill } from "./drill.ts";

drill("chains of any stages that are saved and restored emit what they would have emitted", 500, async (run) => {
  const { times: numRuns, seed, say } = run;
  fc.assert(whereverChainsAreCut(), { numRuns, seed });
  say(`${numRuns} chains, each with and without a cut: no difference`);
});
