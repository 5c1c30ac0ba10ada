import { SystemClock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { Pipeline } from "../core/pipeline.ts";
import type { DropReason, Stage } from "../core/stage.ts";
import type { SinkBooks, TargetPort, TargetSpec, TargetsPort } from "../core/target-port.ts";
import { onAnswer } from "../delivery/answers.ts";
import { Targets } from "../delivery/targets.ts";
import { newThread } from "../engine/new-thread.ts";
import { Supervisor } from "../engine/supervisor.ts";
import { EventIndex } from "../kit/event-index.ts";
import { WRITERS } from "../sinks/writers.ts";
import { type LogLine, recordingLog } from "./virtual-thread.ts";

/** What became of a sample event. */
export interface SinkTrial {
  readonly isDelivered: boolean;
  /** What logs call the target; of a sink without one, such as `stdout()`, its name. */
  readonly target: string;
  readonly seconds: number;
  /** The words of the target, or why it has none; secrets are masked. */
  readonly said: readonly string[];
}

/**
 * Gives an event to one sink of a pipeline, which sends it to its real target once, through the delivery engine.
 *
 * @param timeout - Seconds that the target has to answer.
 */
export async function trySink(
  { pipeline, stage }: { readonly pipeline: Pipeline; readonly stage: Stage<never, unknown> },
  sample: Event,
  timeout: number,
): Promise<SinkTrial> {
  const clock = new SystemClock();
  const lines: LogLine[] = [];
  const log = recordingLog(lines);
  const targets = new Targets({ clock, log, random: Math.random, dataDir: null, isVirtual: true, tell() {} }, WRITERS);
  const once = new OnceTargets(targets, timeout);
  const later = (work: () => void): void => void setImmediate(work);
  const thread = newThread({ clock, log, index: new EventIndex(), targets: once, later });
  const supervisor = new Supervisor({ ...pipeline, stages: [withoutDeadLetters(stage)], options: {} }, thread);
  const answers: string[] = [];
  const deafen = onAnswer((answer) => answers.push(answer));
  const begun = clock.elapsed();
  supervisor.start();
  supervisor.offer([sample]);
  await supervisor.stop();
  await targets.finish();
  const seconds = clock.elapsed() - begun;
  deafen();
  targets.close();
  clock.stop();
  const isDelivered = supervisor.report().stages.some(({ delivered }) => delivered > 0);
  const errors = lines.flatMap(({ message, fields: { error } }) => (error === undefined ? message : String(error)));
  const [why = "the sink took the event and did not say what became of it"] = [...once.reasons, ...errors];
  return {
    isDelivered,
    target: once.target ?? stage.name,
    seconds,
    said: isDelivered || answers.length > 0 ? answers : [why],
  };
}

/** What is given up is told of, and goes nowhere else. */
function withoutDeadLetters(stage: Stage<never, unknown>): Stage<never, unknown> {
  return "deadLetters" in stage.branches ? { ...stage, branches: { ...stage.branches, deadLetters: [] } } : stage;
}

/** Targets that send at once, and try once. */
class OnceTargets implements TargetsPort {
  target: string | null = null;
  readonly reasons: string[] = [];
  readonly #targets: Targets;
  readonly #timeout: number;

  constructor(targets: Targets, timeout: number) {
    this.#targets = targets;
    this.#timeout = timeout;
  }

  use<Item>(spec: TargetSpec<Item>, books: SinkBooks): TargetPort {
    this.target = spec.label;
    const { settings } = spec;
    const hurried = { timeout: this.#timeout, retryFor: 0, batch: { ...settings.batch, seconds: 0 } };
    const dropped = (items: readonly unknown[], reason: DropReason, answer: string): void => {
      this.reasons.push(`${reason}: ${answer}`);
      books.dropped(items, reason, answer);
    };
    const observed: SinkBooks = {
      isEnded: false,
      wantsReturns: false,
      settlement: books.settlement,
      pass: (value) => books.pass(value),
      taken: (count) => books.taken(count),
      delivered: (count) => books.delivered(count),
      handedOver: (count) => books.handedOver(count),
      returned() {},
      dropped,
      lost() {},
    };
    return this.#targets.use({ ...spec, settings: { ...settings, ...hurried } }, observed);
  }
}
