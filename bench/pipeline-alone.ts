import { SystemClock } from "../src/core/clock.ts";
import { eachEvent } from "../src/core/each-event.ts";
import type { Event } from "../src/core/event.ts";
import { type AnyStages, pipeline, usePipelines } from "../src/core/pipeline.ts";
import type { Cut } from "../src/core/state.ts";
import type { TargetsPort } from "../src/core/target-port.ts";
import { NO_TARGETS } from "../src/delivery/no-targets.ts";
import { layOut } from "../src/engine/layout.ts";
import { newThread } from "../src/engine/new-thread.ts";
import type { SavedPipeline } from "../src/engine/saved-pipeline.ts";
import { Supervisor } from "../src/engine/supervisor.ts";
import { EventIndex } from "../src/kit/event-index.ts";

/** One pipeline in the daemon's own engine, with nothing around it and a turn that never ends. */
export interface AlonePipeline {
  offer(events: readonly Event[]): void;
  /** What its stages keep. */
  save(cut?: Cut): SavedPipeline | null;
  end(): void;
}

/**
 * @param sent - Called with what the stages send to other pipelines.
 * @param saved - What the stages start with.
 * @param targets - Where its sinks give what they take.
 * @throws Error when a stage throws or does not start.
 */
export function runAlone(
  stages: AnyStages,
  sent: (event: Event) => void = () => {},
  saved: SavedPipeline | null = null,
  targets: TargetsPort = NO_TARGETS,
): AlonePipeline {
  const clock = new SystemClock();
  const complain = (message: string, fields: Record<string, unknown> = {}): void => {
    throw new Error(`${message} ${JSON.stringify(fields)}`);
  };
  const log = { debug: () => {}, info: () => {}, warn: complain, error: complain };
  usePipelines();
  const thread = newThread({
    clock,
    log,
    index: new EventIndex(),
    targets,
    later: setImmediate,
    outlet: () =>
      eachEvent((event) => {
        sent(event);
        return null;
      }),
  });
  const supervisor = new Supervisor(pipeline("alone", []), thread, { layout: layOut(stages) });
  supervisor.start(saved);
  return {
    offer: (events) => supervisor.offer(events),
    save: (cut) => supervisor.save(cut),
    end: () => {
      supervisor.abandon();
      clock.stop();
    },
  };
}
