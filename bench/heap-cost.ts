import type { Stage, Stages } from "../src/core/stage.ts";
import { by, changed, percentiles, rate, sdo } from "../src/stages/index.ts";
import { pass } from "../test/stages/samples.ts";
import { decodedBatches } from "./decoded.ts";
import { runAlone } from "./pipeline-alone.ts";
import { settledHeap } from "./settled-heap.ts";

/*
 * What is held costs so many bytes of heap, in a process of its own:
 *   node dist/bench/heap-cost.js event | by-1 | by-2 | chain | exact | histogram
 * prints bytes per event, or per key of a `by`: with so many stages, or nested with rate, percentiles and changed, in a
 * row or each given all events, with percentiles exact or as a histogram
 */
const KEYS = { hosts: 1000, services: 100, count: 100_000 };

const nested = (stages: Stages): Stages => [by("host", [by("service", stages)])];
const percentilesBy = (method: "exact" | "histogram"): Stage => percentiles(5, [0.5, 0.95, 0.99], { method });
const SERIES: Readonly<Record<string, () => Stages>> = {
  "by-1": () => [by(["host", "service"], [pass()])],
  "by-2": () => [by(["host", "service"], [pass(), pass()])],
  chain: () => nested([rate(5), percentilesBy("histogram"), changed("metric")]),
  exact: () => nested([sdo([rate(5)], [percentilesBy("exact")], [changed("metric")])]),
  histogram: () => nested([sdo([rate(5)], [percentilesBy("histogram")], [changed("metric")])]),
};

const series = SERIES[process.argv[2] ?? ""];
console.log((series === undefined ? eventBytes() : keyBytes(series())).toFixed(1));

function eventBytes(): number {
  const count = 500_000;
  decodedBatches({ eventsPerMessage: 100, count: 1000 });
  const before = settledHeap();
  const held = decodedBatches({ eventsPerMessage: 100, hosts: 1000, count });
  return (settledHeap() - before) / held.flat().length;
}

function keyBytes(stages: Stages): number {
  const batches = decodedBatches({ eventsPerMessage: 100, ...KEYS });
  const alone = runAlone(stages);
  alone.offer(batches[0]?.slice(0, 1) ?? []);
  const before = heapAndBuffers();
  for (const batch of batches) alone.offer(batch);
  const bytes = (heapAndBuffers() - before) / KEYS.count;
  alone.end();
  return bytes;
}

/** Histograms hold their counts outside of the heap. */
function heapAndBuffers(): number {
  return settledHeap() + process.memoryUsage().arrayBuffers;
}
