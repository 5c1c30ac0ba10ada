import { type Event, type EventFields, event } from "../../src/core/event.ts";
import { logTo } from "../../src/core/log.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { AlertStore } from "../../src/host/alert-store.ts";
import { AlertRegistry } from "../../src/kit/alert-registry.ts";
import { fromKept, type KeptAlert, toKept } from "../../src/runtime/kept-alerts.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { type SavedTrial, type Trial, trial } from "../stages/trial.ts";

const log = logTo(() => {});

/** Processes one after the other, each with what is kept of the alerts of the one before, and perhaps with a state. */
export class Processes {
  now = 0;
  readonly told: string[] = [];
  #store = this.#newStore();
  #running: Trial | null = null;
  #seen = 0;

  /** What is kept. */
  get kept(): readonly KeptAlert[] {
    return this.#store.of(["trial"]);
  }

  /** The names of those that are open. */
  get open(): string[] {
    return this.kept.flatMap(({ isOver, name }) => (isOver ? [] : [name])).toSorted();
  }

  /** @param state - Of a process of before, at any time. */
  start(stages: AnyStages, state: SavedTrial | null = null): this {
    const registry = new AlertRegistry((change) => this.#store.keep([toKept(change)]));
    registry.load(this.kept.flatMap((one) => fromKept(one) ?? []));
    this.#seen = 0;
    this.#running = trial(stages, new VirtualClock(this.now), state, registry);
    return this;
  }

  at(second: number, ...events: EventFields[]): this {
    this.#running?.advanceTo(second);
    for (const fields of events) this.#running?.offer([event({ ...fields, time: second })]);
    return this.#note(second);
  }

  /** The state at this moment. */
  save(): SavedTrial {
    if (this.#running === null) throw new Error("nothing runs");
    return this.#running.save();
  }

  /** It is stopped in order, or killed at once. */
  async end(how: "stop" | "kill"): Promise<this> {
    if (how === "kill") this.#running?.end();
    else await this.#running?.stop();
    return this.#note(this.now);
  }

  /** This is what is kept. */
  keep(kept: readonly KeptAlert[]): this {
    this.#store = this.#newStore();
    this.#store.keep(kept);
    return this;
  }

  #newStore(): AlertStore {
    return new AlertStore({ dataDir: null, keepsState: false, clock: new VirtualClock(), log });
  }

  #note(now: number): this {
    for (const { at, value } of this.#running?.out.slice(this.#seen) ?? []) {
      const { attributes, host, state, description } = value as Event;
      const { "alert phase": phase, "alert key": key, "alert since": since } = attributes;
      this.told.push([at, phase, host, state, key, since, description].filter((part) => part != null).join(" "));
    }
    this.#seen = this.#running?.out.length ?? 0;
    this.now = now;
    return this;
  }
}
