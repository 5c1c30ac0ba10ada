import { type Event, event } from "../../src/core/event.ts";
import { type AnyStages, pipeline } from "../../src/core/pipeline.ts";
import type { Cut, Plain } from "../../src/core/state.ts";
import { type Layout, layOut } from "../../src/engine/layout.ts";
import type { PipelineReport } from "../../src/engine/report.ts";
import { awaySince, type SavedPipeline } from "../../src/engine/saved-pipeline.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import type { AlertRegistry } from "../../src/kit/alert-registry.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { VirtualThread } from "../../src/testing/virtual-thread.ts";

/** Stages that run in virtual time, step by step, with their timers and books in sight. */
export interface Trial {
  readonly clock: VirtualClock;
  /** What the last stage emitted, and when. */
  readonly out: { readonly at: number; readonly value: unknown }[];
  /** Offers one batch. Throws what a stage threw. */
  offer(events: readonly Event[]): void;
  /** Lets time pass. Throws what a stage threw. @param between - Called after each timer. */
  advanceTo(second: number, between?: () => void): void;
  report(): PipelineReport;
  /** What the stages and the index keep. Throws when a stage awaits something. */
  save(cut?: Cut): SavedTrial;
  /** The places of stages that may have a state which was not saved. */
  forgetful(): readonly string[];
  /** How many events the index has. */
  indexed(): number;
  /** How many of them have not expired, whenever those that have are taken out. */
  indexedNow(): number;
  /** Ends the run in order: what is held is given out. Throws what a stage threw. */
  stop(): Promise<void>;
  /** Ends the run at once; what is held is lost. */
  end(): void;
}

export interface SavedTrial {
  readonly pipeline: SavedPipeline;
  readonly index: Plain;
}

const ANY = pipeline("trial", []);
/** Code is compiled for a layout: stages that run again and again keep theirs, as they do in a pipeline that restarts. */
const LAYOUTS = new WeakMap<AnyStages, Layout>();

function layoutOf(stages: AnyStages): Layout {
  const layout = LAYOUTS.get(stages) ?? layOut(stages);
  LAYOUTS.set(stages, layout);
  return layout;
}

/** @param saved - What the stages start with. Throws when it does not fit them. */
export function trial(
  stages: AnyStages,
  clock = new VirtualClock(),
  saved: SavedTrial | null = null,
  alerts?: AlertRegistry,
): Trial {
  const virtual = new VirtualThread({ clock, alerts, explain: (error) => error.message });
  const supervisor = new Supervisor(ANY, virtual.thread, { layout: layoutOf(stages) });
  const out: Trial["out"] = [];
  supervisor.output = (value) => out.push({ at: clock.elapsed(), value });
  const check = (): void => {
    if (supervisor.lastFailure !== null) throw supervisor.lastFailure.error;
  };
  if (saved !== null) {
    const { pipeline, index } = saved;
    virtual.index.restore(index, pipeline.now, awaySince(pipeline, clock));
  }
  const anew = supervisor.start(saved?.pipeline);
  if (anew.length > 0) throw new Error(`${anew.join(", ")} did not take what was saved`);
  virtual.finishTurn();
  return {
    clock,
    out,
    offer(events) {
      supervisor.offer(events);
      virtual.finishTurn();
      check();
    },
    advanceTo(second, between) {
      for (const _ of virtual.pass(second)) {
        check();
        between?.();
      }
    },
    report: () => supervisor.report(),
    save(cut) {
      const now = supervisor.save(cut);
      if (now === null) throw new Error("a stage awaits something");
      return { pipeline: now, index: virtual.index.save(cut ?? null) };
    },
    forgetful: () => [...supervisor.forgetful],
    indexed: () => virtual.index.size,
    indexedNow: () => virtual.index.size - [...virtual.index.expired(clock, virtual.thread.defaultTtl)].flat().length,
    async stop() {
      let isOver = false;
      const stopped = supervisor.stop().then(() => {
        isOver = true;
      });
      for (; !isOver; virtual.finishTurn()) await new Promise((resolve) => setImmediate(resolve));
      await stopped;
      check();
    },
    end: () => void supervisor.abandon(),
  };
}

/** How many events a stage has dropped for want of room once `most` have come together, and once one more has. */
export function overflowAround(most: number, stage: AnyStages[number]): readonly (number | undefined)[] {
  const { offer, report, end } = trial([stage]);
  const many = new Array(10_000).fill(event({ time: 0 }));
  for (let left = most; left > 0; left -= many.length) offer(many.slice(0, left));
  const full = report().stages[0]?.dropped.overflow;
  offer(many.slice(0, 1));
  const beyond = report().stages[0]?.dropped.overflow;
  end();
  return [full, beyond];
}
