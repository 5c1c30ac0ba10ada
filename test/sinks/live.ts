import type { Clock } from "../../src/core/clock.ts";
import { type EventFields, event } from "../../src/core/event.ts";
import { DEFAULT_TTL } from "../../src/core/expiry.ts";
import type { Log } from "../../src/core/log.ts";
import { type AnyStages, pipeline } from "../../src/core/pipeline.ts";
import { NO_SILENCES } from "../../src/core/silences-port.ts";
import { nowhere, type Outlet } from "../../src/core/stage.ts";
import { Targets } from "../../src/delivery/targets.ts";
import { layOut } from "../../src/engine/layout.ts";
import { newCounts, readLedger } from "../../src/engine/ledger.ts";
import type { StageReport } from "../../src/engine/report.ts";
import { StateBudget } from "../../src/engine/state-budget.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import { EventIndex } from "../../src/kit/event-index.ts";

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
  readonly log: { readonly level: string; readonly message: string; readonly fields: Record<string, unknown> }[];
}

/** A pipeline under the daemon's own supervisor, for stages whose back end answers in its own time. */
export function live(stages: AnyStages, clock: Clock, outlet: Outlet = nowhere): Live {
  const log: Live["log"] = [];
  const line =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      log.push({ level, message, fields });
    };
  const recorder: Log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  const targets = new Targets({ clock, log: recorder, random: () => 0.5, outage: () => {} });
  const layout = layOut(stages);
  const counts = newCounts(layout.rows.length);
  const supervisor = new Supervisor(pipeline("live", stages as readonly []), layout, counts, {
    clock,
    log: recorder,
    turnEnd: Number.POSITIVE_INFINITY,
    full: 0,
    inbox: 16_384,
    defaultTtl: DEFAULT_TTL,
    index: new EventIndex(),
    state: new StateBudget({
      maxBytes: Number.POSITIVE_INFINITY,
      clock,
      log: recorder,
      later: (work) => void setImmediate(work),
    }),
    targets,
    silences: NO_SILENCES,
    enter: (_, work) => work(),
    later: (work) => void setImmediate(work),
    relieved: () => {},
    overloaded: () => {},
    outlet: () => outlet,
    explain: (error) => error.stack ?? error.message,
  });
  supervisor.start();
  return {
    offer: (...batch) => supervisor.offer(batch.map((fields) => event({ time: clock.now(), ...fields }))),
    stop: () => supervisor.stop(),
    abandon: () => void supervisor.abandon(),
    report(place) {
      const places = layout.rows.map((row) => row.name);
      const { stages: rows } = readLedger(counts, places, { name: "live", file: "", line: 0, worker: 0 });
      const row = rows.find((one) => one.place === place);
      if (row === undefined) throw new Error(`no stage ${place}; there are ${places.join(", ")}`);
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
