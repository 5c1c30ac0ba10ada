import { writeSync } from "node:fs";
import { type Event, stage } from "fast-ts";

/**
 * The sink of every bench pipeline: counts events and adds up their metrics, and prints both when it stops.
 *
 * @param weight - Undoes what a stage above did to the metric; a power of two, so that the sum stays exact.
 */
export const count = (name: string, weight = 1) =>
  stage("count", () => {
    let events = 0;
    let metricSum = 0;
    return {
      onEvent: (event: Event) => {
        events++;
        metricSum += (event.metric ?? 0) * weight;
      },
      // Not console.log: a worker's goes through the main thread, which may be gone first.
      stop: () => {
        writeSync(1, `${JSON.stringify({ counted: name, events, metricSum })}\n`);
      },
    };
  });
