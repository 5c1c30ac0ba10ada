import { sendMutantsBeside } from "../e2e/attacks.ts";
import { drill } from "./drill.ts";

drill(
  "mutated frames from many connections harm nobody else, and leave nothing",
  40_000,
  async ({ t, times, seed, say }) => {
    for (const workers of [0, 1]) say(`${workers} workers: ${await sendMutantsBeside(t, workers, times, seed)}`);
  },
);
