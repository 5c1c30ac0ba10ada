import { eachEvent } from "../core/each-event.ts";
import type { Event } from "../core/event.ts";
import { DEFAULT_TTL } from "../core/expiry.ts";
import { type Log, type LogLevel, logTo } from "../core/log.ts";
import { type Edge, nowhere, type Outlet } from "../core/stage.ts";
import { OwnTargets } from "../delivery/no-targets.ts";
import { Targets } from "../delivery/targets.ts";
import { newThread } from "../engine/new-thread.ts";
import { Router } from "../engine/router.ts";
import type { Thread } from "../engine/thread.ts";
import { FastTsError } from "../errors.ts";
import { AlertRegistry } from "../kit/alert-registry.ts";
import { EventIndex } from "../kit/event-index.ts";
import { ActiveSilences } from "../silences/active-silences.ts";
import { readStep, type Step } from "./steps.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** A line that the engine or a stage logged. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

export interface VirtualThreadOptions extends Pick<Thread, "explain"> {
  readonly clock: VirtualClock;
  /** Seconds that an event without a ttl stays valid. @default 60 */
  readonly defaultTtl?: number | undefined;
  /** See `StateBudget`. @default no bound */
  readonly maxStateBytes?: number | undefined;
  /** Where open alerts are. @default they outlive runs alone */
  readonly alerts?: AlertRegistry | undefined;
}

/** Maximum timers that are due together: one for each of a million keys. */
const MAX_DUE_TIMERS = 1_000_000;

/** A thread of the daemon in virtual time: all of its pipelines have one clock, and its turns run when they are asked for. */
export class VirtualThread {
  readonly clock: VirtualClock;
  readonly router = new Router();
  readonly lines: LogLine[] = [];
  readonly silences: ActiveSilences;
  readonly thread: Thread;
  readonly index = new EventIndex();
  /** How many events were so far ahead when they came that they count as now. */
  ahead = 0;
  /** Nothing comes in any more. */
  isStopping = false;
  readonly #postponed: (() => void)[] = [];
  /** Of sinks of one's own. */
  readonly #targets: Targets;

  constructor({
    clock,
    defaultTtl = DEFAULT_TTL,
    maxStateBytes = Number.POSITIVE_INFINITY,
    explain,
    alerts = new AlertRegistry(),
  }: VirtualThreadOptions) {
    this.clock = clock;
    const log = recordingLog(this.lines);
    this.#targets = new Targets({ clock, log, random: () => 0.5, dataDir: null, isVirtual: true, tell() {} }, {});
    this.silences = new ActiveSilences(clock);
    this.thread = newThread({
      clock,
      log,
      defaultTtl,
      maxStateBytes,
      index: this.index,
      targets: new OwnTargets(this.#targets, log),
      alerts,
      silences: this.silences,
      later: (work) => void this.#postponed.push(work),
      outlet: (edge) => this.#outlet(edge),
      explain,
    });
  }

  /**
   * Takes steps: time passes, events are offered. Stops after each turn and its deferred work, so that the caller can
   * look, or let promises settle.
   *
   * @param isFollowing - Whether time passes up to an event's own `time`.
   */
  *drive(steps: Iterable<Step>, isFollowing: boolean, offer: (batch: readonly Event[]) => void): Generator<void> {
    let index = 0;
    for (const step of steps) {
      const { until, event } = readStep(step, this.clock.now(), `steps[${index++}]`, isFollowing);
      if (until !== null) yield* this.pass(until);
      if (event !== null) {
        if (event.time > this.clock.latest()) this.ahead++;
        offer([event]);
      }
      this.finishTurn();
      yield;
    }
  }

  /** Lets time pass up to `second`, then offers the events, which come together. Stands still as `drive` does. */
  *arrive(second: number, events: readonly Event[]): Generator<void> {
    yield* this.pass(second);
    this.router.offer(events, 0);
    this.finishTurn();
    yield;
  }

  /** Lets time pass up to `until`, stopping after each timer. */
  *pass(until: number, isOn: () => boolean = () => true): Generator<void> {
    let since = this.clock.now();
    for (let calls = 1; isOn() && this.clock.runNext(until); calls++) {
      const now = this.clock.now();
      if (now > since) calls = 0;
      since = now;
      if (calls > MAX_DUE_TIMERS)
        throw new FastTsError(
          "FTS_TEST",
          `at second ${now} timers start timers without end: after(0, …) comes at once`,
        );
      this.finishTurn();
      yield;
    }
  }

  #outlet({ kind, name }: Edge): Outlet {
    if (kind === "publish") return this.router.channels.outlet(name);
    if (kind !== "reinject" && kind !== "index") return nowhere;
    return eachEvent((event) => {
      if (this.isStopping) return Promise.resolve("refused");
      // In the same second, but not on the stack of what reinjects it.
      this.#postponed.push(() => this.router.offer([event], 0));
      return null;
    });
  }

  /** Nothing is written any more. */
  close(): void {
    this.#targets.close();
  }

  /** Runs deferred work until there is none. */
  finishTurn(): void {
    for (let work = this.#postponed.shift(); work !== undefined; work = this.#postponed.shift()) work();
  }
}

/** A log that keeps its lines. */
export function recordingLog(lines: LogLine[]): Log {
  return logTo((level, message, fields) => void lines.push({ level, message, fields }));
}
