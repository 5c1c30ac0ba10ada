import { type Event, event } from "../../src/core/event.ts";
import { type AnyStages, type PipelineOptions, pipeline } from "../../src/core/pipeline.ts";
import { nowhere, type Stages } from "../../src/core/stage.ts";
import type { Takes } from "../../src/core/takes.ts";
import { NO_TARGETS } from "../../src/delivery/no-targets.ts";
import type { PositionDispatch } from "../../src/engine/dispatch.ts";
import { layOut } from "../../src/engine/layout.ts";
import { newThread } from "../../src/engine/new-thread.ts";
import type { PipelineReport } from "../../src/engine/report.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import type { Thread } from "../../src/engine/thread.ts";
import { EventIndex } from "../../src/kit/event-index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { type LogLine, recordingLog } from "../../src/testing/virtual-thread.ts";

/** One pipeline under its supervisor, in virtual time, with a thread whose turns the test decides. */
export interface Rig {
  readonly supervisor: Supervisor;
  readonly clock: VirtualClock;
  readonly thread: Thread;
  /** The metrics of what left the last stage. */
  readonly out: (number | null)[];
  readonly log: LogLine[];
  /** Descriptions of the overloads it told. */
  readonly overloads: string[];
  /** How often senders were told that they may go on. */
  readonly reliefs: () => number;
  /** Events with these metrics, in one batch. */
  offer(...metrics: number[]): void;
  /** Turns of the thread, and promises, until nothing is left to do. */
  turns(): Promise<void>;
  /** Lets time pass, a turn after each timer. */
  wait(seconds: number): Promise<void>;
  report(): PipelineReport;
  messages(message: string): LogLine[];
}

/** A thread whose turns the test decides. */
export interface ThreadRig {
  readonly clock: VirtualClock;
  readonly thread: Thread;
  readonly log: LogLine[];
  readonly overloads: string[];
  readonly reliefs: () => number;
  turns(): Promise<void>;
  wait(seconds: number): Promise<void>;
  messages(message: string): LogLine[];
}

export function threadRig(outlet: Thread["outlet"] = () => nowhere): ThreadRig {
  const clock = new VirtualClock(1_000);
  const log: LogLine[] = [];
  const overloads: string[] = [];
  const postponed: (() => void)[] = [];
  let reliefs = 0;
  const thread = newThread({
    clock,
    log: recordingLog(log),
    index: new EventIndex(),
    targets: NO_TARGETS,
    later: (work) => void postponed.push(work),
    relieved: () => void reliefs++,
    overloaded: (_, description) => void overloads.push(description),
    outlet,
    explain: (error) => error.message,
  });
  const turns = async (): Promise<void> => {
    do {
      for (let work = postponed.shift(); work !== undefined; work = postponed.shift()) work();
      await new Promise((resolve) => setImmediate(resolve));
    } while (postponed.length > 0);
  };
  return {
    clock,
    thread,
    log,
    overloads,
    reliefs: () => reliefs,
    turns,
    async wait(seconds) {
      clock.advanceTo(clock.now() + seconds);
      await turns();
    },
    messages: (message) => log.filter((one) => one.message === message),
  };
}

export function rig(
  stages: AnyStages,
  options: PipelineOptions<AnyStages> = {},
  makeDispatch?: (takes: Takes, row: number) => PositionDispatch,
): Rig {
  const on = threadRig();
  const { clock, thread } = on;
  const out: (number | null)[] = [];
  const declared = pipeline("rig", stages as Stages, options as PipelineOptions);
  const supervisor = new Supervisor(declared, thread, { layout: layOut(stages, options.onCrash, makeDispatch) });
  supervisor.output = (value) => out.push((value as Event).metric);
  supervisor.start();
  return {
    ...on,
    supervisor,
    out,
    offer: (...metrics) => supervisor.offer(metrics.map((metric) => event({ metric, time: clock.now() }))),
    report: () => supervisor.report(),
  };
}

/** A promise and its two ends. */
export function gate(): { readonly promise: Promise<void>; open(): void; fail(error: Error): void } {
  let open = (): void => {};
  let fail = (_: Error): void => {};
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}
