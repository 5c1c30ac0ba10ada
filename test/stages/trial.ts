import type { Event } from "../../src/core/event.ts";
import { DEFAULT_TTL } from "../../src/core/expiry.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { nowhere, type Stage } from "../../src/core/stage.ts";
import { layOut } from "../../src/engine/layout.ts";
import { newCounts, readLedger } from "../../src/engine/ledger.ts";
import type { PipelineReport } from "../../src/engine/report.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** Stages that run in virtual time, step by step, with their timers and books in sight. */
export interface Trial {
  readonly clock: VirtualClock;
  /** What the last stage emitted, and when. */
  readonly out: { readonly at: number; readonly value: unknown }[];
  /** Offers one batch. Throws what a stage threw. */
  offer(events: readonly Event[]): void;
  /** Lets time pass. Throws what a stage threw. */
  advanceTo(second: number): void;
  report(): PipelineReport;
  /** Ends the run at once; what is held is lost. */
  end(): void;
}

const ANY = pipeline("trial", []);

export function trial(stages: readonly Stage<never, unknown>[]): Trial {
  const clock = new VirtualClock();
  const postponed: (() => void)[] = [];
  const layout = layOut(stages);
  const places = layout.rows.map((row) => row.name);
  const supervisor = new Supervisor(ANY, layout, newCounts(places.length), {
    clock,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    turnEnd: Number.POSITIVE_INFINITY,
    full: 0,
    inbox: 16_384,
    defaultTtl: DEFAULT_TTL,
    enter: (_, work) => work(),
    later: (next) => void postponed.push(next),
    relieved: ignore,
    overloaded: ignore,
    outlet: () => nowhere,
    explain: (error) => error.message,
  });
  const out: Trial["out"] = [];
  supervisor.output = (value) => out.push({ at: clock.now(), value });
  const work = (): void => {
    for (let next = postponed.shift(); next !== undefined; next = postponed.shift()) next();
    if (supervisor.lastFailure !== null) throw supervisor.lastFailure.error;
  };
  supervisor.start();
  return {
    clock,
    out,
    offer(events) {
      supervisor.offer(events);
      work();
    },
    advanceTo: (second) => clock.advanceTo(second, work),
    report: () => readLedger(supervisor.counts, places, { name: "trial", file: "", line: 0, worker: 0 }),
    end: () => void supervisor.abandon(),
  };
}

function ignore(): void {}
