import type { AlarmClock } from "../../src/core/clock.ts";
import { type EventFields, event } from "../../src/core/event.ts";
import { type AnyStages, pipeline } from "../../src/core/pipeline.ts";
import { nowhere, type Outlet } from "../../src/core/stage.ts";
import { Targets } from "../../src/delivery/targets.ts";
import { newThread } from "../../src/engine/new-thread.ts";
import type { StageReport } from "../../src/engine/report.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import { EventIndex } from "../../src/kit/event-index.ts";
import { WRITERS } from "../../src/sinks/writers.ts";
import { type LogLine, recordingLog } from "../../src/testing/virtual-thread.ts";

export interface Live {
  /** Events that came in one batch. */
  offer(...batch: EventFields[]): void;
  /** Lets the pipeline finish what it holds. */
  stop(): Promise<void>;
  /** Ends it at once. */
  abandon(): void;
  /** The books of the stage at `place`. */
  report(place: string): StageReport;
  readonly targets: Targets;
  readonly log: LogLine[];
}

/** A pipeline under the daemon's own supervisor, for stages whose back end answers in its own time. */
export function live(
  stages: AnyStages,
  clock: AlarmClock,
  outlet: Outlet = nowhere,
  dataDir: string | null = null,
): Live {
  const log: Live["log"] = [];
  const recorder = recordingLog(log);
  const targets = new Targets({ clock, log: recorder, random: () => 0.5, dataDir, tell() {} }, WRITERS);
  const thread = newThread({
    clock,
    log: recorder,
    index: new EventIndex(),
    targets,
    later: (work) => void setImmediate(work),
    outlet: () => outlet,
  });
  const supervisor = new Supervisor(pipeline("live", stages as readonly []), thread);
  supervisor.start();
  return {
    offer: (...batch) => supervisor.offer(batch.map((fields) => event({ time: clock.now(), ...fields }))),
    stop: () => supervisor.stop(),
    abandon: () => void supervisor.abandon(),
    report(place) {
      const { stages: rows } = supervisor.report();
      const row = rows.find((one) => one.place === place);
      if (row === undefined) throw new Error(`no stage ${place}; there are ${supervisor.places.join(", ")}`);
      return row;
    },
    targets,
    log,
  };
}

/** A sink's line of the ledger: handled = delivered + pending + dropped. */
export function isBalanced({ handled, delivered, pending, dropped }: StageReport): boolean {
  return handled === delivered + pending + Object.values(dropped).reduce((sum, n) => sum + n, 0);
}
