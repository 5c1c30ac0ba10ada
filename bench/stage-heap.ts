import { Event } from "../src/core/event.ts";
import type { AnyStages } from "../src/core/pipeline.ts";
import { type Stage, type Start, stage } from "../src/core/stage.ts";
import { by } from "../src/stages/index.ts";
import { decodedBatches } from "./decoded.ts";
import { type AlonePipeline, runAlone } from "./pipeline-alone.ts";
import { settledHeap } from "./settled-heap.ts";
import { SAMPLES } from "./stage-samples.ts";
import { median } from "./statistics.ts";

/*
 * What a stage allocates and holds, in a process of its own whose young generation has room for all of it:
 *   node --min-semi-space-size=128 --max-semi-space-size=128 dist/bench/stage-heap.js NAME
 * prints bytes allocated per event, new events emitted or sent per event, and bytes held per key of a `by`. Of a sample with
 * several stages it is the last one: what the others need is taken off.
 */
const WARM_UP_MS = 300;
const ROUNDS = 15;
const KEYS = { hosts: 100, services: 100, count: 20_000 };

const batches = decodedBatches({ eventsPerMessage: 100 });
const perKey = decodedBatches({ eventsPerMessage: 100, ...KEYS });
const sample = SAMPLES[process.argv[2] ?? ""] ?? (() => []);
const others = (): AnyStages => sample().slice(0, -1);

console.log(
  JSON.stringify({
    allocated: allocatedPerEvent(sample()) - allocatedPerEvent(others()),
    made: madePerEvent(others(), sample().slice(-1)),
    held: heldPerKey(sample()) - heldPerKey(others()),
  }),
);

function allocatedPerEvent(stages: AnyStages): number {
  const seen: unknown[] = [null]; // what nobody can see the optimizing compiler need not allocate
  const alone = runAlone([...stages, watch((value) => (seen[0] = value))]);
  for (const began = performance.now(); performance.now() - began < WARM_UP_MS; ) offerAll(alone, batches);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.memoryUsage().heapUsed;
    const count = offerAll(alone, batches);
    return (process.memoryUsage().heapUsed - before) / count;
  });
  alone.end();
  return median(rounds);
}

/** How many events come out, or are sent to other pipelines, that did not go in. */
function madePerEvent(above: AnyStages, stages: AnyStages): number {
  const given = new Set<unknown>();
  let made = 0;
  const count = (value: unknown): void => {
    if (value instanceof Event && !given.has(value)) made += 1;
  };
  const alone = runAlone([...above, watch((value) => given.add(value)), ...stages, watch(count)], count);
  const events = offerAll(alone, batches);
  alone.end();
  return made / events;
}

function heldPerKey(stages: AnyStages): number {
  // Not a chain that the compiler could check: what the sample's stages take and give is forgotten.
  const each: readonly Stage[] = [
    stage("each", ({ branch }) => branch("each").receive, { branches: { each: stages } }),
  ];
  const alone = runAlone([by(["host", "service"], each)]);
  const before = settledHeap();
  offerAll(alone, perKey);
  const bytes = (settledHeap() - before) / (KEYS.hosts * KEYS.services);
  alone.end();
  return bytes;
}

function offerAll(alone: AlonePipeline, all: readonly (readonly Event[])[]): number {
  let count = 0;
  for (const batch of all) {
    alone.offer(batch);
    count += batch.length;
  }
  return count;
}

function watch(see: (value: unknown) => void): Stage<unknown, unknown> {
  const start: Start<unknown, unknown> =
    ({ emit }) =>
    (value) => {
      see(value);
      emit(value);
    };
  return stage("watch", start, { takes: "anything" });
}
