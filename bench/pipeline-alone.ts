import { SystemClock } from "../src/core/clock.ts";
import { eachEvent } from "../src/core/each-event.ts";
import type { Event } from "../src/core/event.ts";
import { DEFAULT_TTL } from "../src/core/expiry.ts";
import { type AnyStages, pipeline, usePipelines } from "../src/core/pipeline.ts";
import { NO_SILENCES } from "../src/core/silences-port.ts";
import { NO_TARGETS } from "../src/delivery/no-targets.ts";
import { layOut } from "../src/engine/layout.ts";
import { newCounts } from "../src/engine/ledger.ts";
import { StateBudget } from "../src/engine/state-budget.ts";
import { Supervisor } from "../src/engine/supervisor.ts";
import { EventIndex } from "../src/kit/event-index.ts";

/** One pipeline in the daemon's own engine, with nothing around it and a turn that never ends. */
export interface AlonePipeline {
  offer(events: readonly Event[]): void;
  end(): void;
}

/**
 * @param sent - Called with what the stages send to other pipelines.
 * @throws Error when a stage throws or does not start.
 */
export function runAlone(stages: AnyStages, sent: (event: Event) => void = () => {}): AlonePipeline {
  const clock = new SystemClock();
  const complain = (message: string, fields: Record<string, unknown> = {}): void => {
    throw new Error(`${message} ${JSON.stringify(fields)}`);
  };
  const log = { debug: () => {}, info: () => {}, warn: complain, error: complain };
  usePipelines();
  const layout = layOut(stages);
  const supervisor = new Supervisor(pipeline("alone", []), layout, newCounts(layout.rows.length), {
    clock,
    log,
    turnEnd: Number.POSITIVE_INFINITY,
    full: 0,
    inbox: 16_384,
    defaultTtl: DEFAULT_TTL,
    index: new EventIndex(),
    state: new StateBudget({ maxBytes: Number.POSITIVE_INFINITY, clock, log, later: setImmediate }),
    targets: NO_TARGETS,
    silences: NO_SILENCES,
    enter: (_, work) => work(),
    later: setImmediate,
    relieved: () => {},
    overloaded: () => {},
    outlet: () =>
      eachEvent((event) => {
        sent(event);
        return null;
      }),
    explain: (error) => error.stack ?? error.message,
  });
  supervisor.start();
  return {
    offer: (events) => supervisor.offer(events),
    end: () => {
      supervisor.abandon();
      clock.stop();
    },
  };
}
