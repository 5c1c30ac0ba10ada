import { decodedBatches } from "./decoded.ts";
import { runAlone } from "./pipeline-alone.ts";
import { SAMPLES } from "./stage-samples.ts";
import { median } from "./statistics.ts";

/*
 * What one stage costs, in a process of its own, so that no other stage's types are in its way:
 *   node dist/bench/stage-cost.js NAME     prints nanoseconds per event
 */
const WARM_UP_MS = 300;
const ROUND_MS = 60;
const ROUNDS = 9;

const stages = SAMPLES[process.argv[2] ?? ""]?.() ?? [];
const batches = decodedBatches({ eventsPerMessage: 100 });
const events = batches.reduce((sum, batch) => sum + batch.length, 0);
const alone = runAlone(stages);

round(WARM_UP_MS);
console.log(median(Array.from({ length: ROUNDS }, () => round(ROUND_MS))).toFixed(2));
alone.end();

/** Nanoseconds per event, over about so much time. */
function round(ms: number): number {
  const began = performance.now();
  let passes = 0;
  for (; performance.now() - began < ms; passes++) for (const batch of batches) alone.offer(batch);
  return ((performance.now() - began) * 1e6) / (passes * events);
}
