import type { Stage } from "../src/core/stage.ts";
import { by } from "../src/stages/index.ts";
import { decodedBatches } from "./decoded.ts";
import { runAlone } from "./pipeline-alone.ts";
import { settledHeap } from "./settled-heap.ts";
import { pass } from "./stage-samples.ts";

/*
 * What is held costs so many bytes of heap, in a process of its own:
 *   node dist/bench/heap-cost.js event | by-1 | by-2     prints bytes per event, or per key of a `by` with so many stages
 */
const KEYS = { hosts: 1000, services: 100, count: 100_000 };

const what = process.argv[2] ?? "";
console.log((what === "event" ? eventBytes() : keyBytes(what === "by-2" ? [pass(), pass()] : [pass()])).toFixed(1));

function eventBytes(): number {
  const count = 500_000;
  decodedBatches({ eventsPerMessage: 100, count: 1000 });
  const before = settledHeap();
  const held = decodedBatches({ eventsPerMessage: 100, hosts: 1000, count });
  return (settledHeap() - before) / held.flat().length;
}

function keyBytes(stages: readonly Stage[]): number {
  const batches = decodedBatches({ eventsPerMessage: 100, ...KEYS });
  const alone = runAlone([by(["host", "service"], stages)]);
  alone.offer(batches[0]?.slice(0, 1) ?? []);
  const before = settledHeap();
  for (const batch of batches) alone.offer(batch);
  const bytes = (settledHeap() - before) / KEYS.count;
  alone.end();
  return bytes;
}
