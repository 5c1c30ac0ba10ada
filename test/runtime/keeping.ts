import { event } from "../../src/core/event.ts";
import { type AnyStages, pipeline } from "../../src/core/pipeline.ts";
import { partitionsOf } from "../../src/core/spread.ts";
import type { Stage } from "../../src/core/stage.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import { type KeptState, NOTHING_KEPT } from "../../src/runtime/kept-state.ts";
import { StateKeeper } from "../../src/runtime/state-keeper.ts";
import { TimeSlices } from "../../src/runtime/time-slice.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { VirtualThread } from "../../src/testing/virtual-thread.ts";

/** A thread that keeps the state of one pipeline. */
export class Keeping {
  readonly clock: VirtualClock;
  readonly out: unknown[] = [];
  readonly kept: KeptState[] = [];
  readonly lines: string[] = [];
  readonly #virtual: VirtualThread;
  /** Called before each slice. */
  between = (): void => {};
  #looks = 0;
  running: Supervisor;
  readonly keeper: StateKeeper;

  constructor(
    stages: AnyStages,
    saved: KeptState = NOTHING_KEPT,
    { clock = new VirtualClock(), position }: { clock?: VirtualClock; position?: (() => number) | undefined } = {},
  ) {
    this.clock = clock;
    this.#virtual = new VirtualThread({ clock, explain: (error) => error.message });
    const line = (message: string): void => void this.lines.push(message);
    this.keeper = new StateKeeper({
      clock,
      machine: clock,
      log: { debug: line, info: line, warn: line, error: line },
      index: this.#virtual.index,
      label: "",
      partitionKey: "host" as const,
      mine: partitionsOf(0, 1),
      running: () => [this.running],
      later: (work) => work(),
      slices: new TimeSlices({
        now: () => this.#looks++, // each slice is over when it has begun
        later: (_, run) => {
          this.between();
          run();
        },
        isBusy: () => false,
      }),
      sourceOf: () => "",
      ...(position && { position }),
      keep: (kept) => void this.kept.push(kept),
    });
    this.running = this.#supervisor(stages);
    this.keeper.load(saved.saved);
    this.keeper.start([this.running], []);
  }

  offer(...metrics: readonly number[]): void {
    this.running.offer(metrics.map((metric) => event({ metric, time: this.clock.now() })));
    this.#virtual.finishTurn();
  }

  advance(seconds: number): void {
    for (const _ of this.#virtual.pass(this.clock.elapsed() + seconds));
  }

  get indexed(): number {
    return this.#virtual.index.size;
  }

  async edit(stages: AnyStages): Promise<void> {
    const old = this.running;
    this.running = this.#supervisor(stages);
    this.keeper.start([this.running], [old]);
    await old.stop();
  }

  async save(): Promise<KeptState> {
    this.kept.length = 0;
    const saving = this.keeper.save();
    for (let isDone = false; !isDone; this.advance(0.1))
      isDone = (await Promise.race([saving.then(() => true), turn()])) === true;
    return {
      ...NOTHING_KEPT,
      saved: this.kept.flatMap(({ saved }) => saved),
      skipped: this.kept.flatMap(({ skipped }) => skipped),
      spoiled: this.kept.flatMap(({ spoiled }) => spoiled),
    };
  }

  #supervisor(stages: AnyStages): Supervisor {
    const supervisor = new Supervisor(pipeline("p", stages as readonly Stage[]), this.#virtual.thread);
    supervisor.output = (value) => this.out.push(value);
    return supervisor;
  }
}

/** Resolves after a turn of the event loop. */
export function turn(): Promise<false> {
  return new Promise((resolve) => setImmediate(() => resolve(false)));
}
