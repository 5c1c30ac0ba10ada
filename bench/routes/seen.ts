import { writeSync } from "node:fs";
import { type Event, stage } from "fast-ts";

/**
 * Passes every event on; counts them and adds up their metrics, and prints both when it stops. Each worker that has a
 * part of the pipeline prints its own.
 */
export const seen = (name: string) =>
  stage(
    "seen",
    ({ emit }) => {
      let events = 0;
      let metricSum = 0;
      return {
        onEvent: (event: Event) => {
          events++;
          metricSum += event.metric ?? 0;
          emit(event);
        },
        // Not console.log: a worker's goes through the main thread, which may be gone first.
        stop: () => {
          writeSync(1, `${JSON.stringify({ counted: name, events, metricSum })}\n`);
        },
      };
    },
    { memory: 0, changes: [] },
  );
