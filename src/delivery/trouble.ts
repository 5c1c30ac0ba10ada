import type { Cancel } from "../core/clock.ts";
import type { StageLog } from "../core/stage.ts";
import type { TargetNews, TargetScope } from "../core/target-port.ts";
import { Episode } from "../core/trouble-episode.ts";
import type { DeliveryFailure } from "./failure.ts";
import { LostAlerts } from "./lost-alerts.ts";
import type { SpillTrouble } from "./spill-disk.ts";

/** In the log, when an outage is over. */
export const TAKES_EVENTS = "target takes events again";

/** In the log, when what a sink was to make of an event cannot be made. */
export const NOTHING_TO_SEND = "nothing can be sent of events: they are dropped";

/** A failure that lasts this long is an outage, which people are told of. */
const OUTAGE_SECONDS = 10;

const DISK_TROUBLE: Readonly<Record<SpillTrouble, string>> = {
  write: "cannot spill: what comes now waits in memory alone, within maxEvents and maxBytes",
  sync: "cannot make the spill safe from a power cut: it is written, and not more",
};
const TAKEN_AGAIN: Readonly<Record<SpillTrouble, string>> = {
  write: "the disk takes spill again",
  sync: "the spill is safe from a power cut again",
};

/** Tells people of a target's trouble: of each episode in the log, of an outage with an event as well. */
export class TargetTrouble {
  readonly #name: string;
  readonly #scope: TargetScope;
  /** Each line names the target. */
  readonly #scene: Pick<TargetScope, "clock" | "log">;
  readonly #waiting: () => number;
  readonly #episode = new Episode();
  readonly #lostAlerts: LostAlerts;
  #cancelOutage: Cancel | null = null;
  /** The last one of an outage that is to begin. */
  #failure: DeliveryFailure | null = null;
  #isOutage = false;
  #answeredAt = 0;
  /** Whether its last try failed. */
  #isFailing = false;

  /** @param waiting - How many items the target holds. */
  constructor(name: string, scope: TargetScope, waiting: () => number) {
    this.#name = name;
    this.#lostAlerts = new LostAlerts(name, scope);
    this.#scope = scope;
    const line =
      (level: keyof StageLog) =>
      (message: string, fields: Record<string, unknown> = {}): void =>
        scope.log[level](message, { target: name, ...fields });
    this.#scene = { clock: scope.clock, log: { info: line("info"), warn: line("warn"), error: line("error") } };
    this.#waiting = waiting;
  }

  /** `items` of its items are given up. */
  dropped(items: number, message: string, failure?: DeliveryFailure, fields: Record<string, unknown> = {}): void {
    this.#episode.trouble(this.#scene, items, message, { ...fieldsOf(failure), ...fields });
  }

  /** There is no room for `items`, or for older ones: they are given up. */
  overflowed(items: readonly unknown[], maxEvents: number): void {
    const why = this.#isFailing ? "the target does not answer" : "the target is too slow";
    const waiting = this.#waiting();
    this.dropped(items.length, `${why}, and what waits for it is full: events are dropped`, undefined, {
      waiting,
      maxEvents,
    });
    this.gaveUp(items, `overflow: ${why}`);
  }

  /** What becomes of alerts that are among these items: they are given up. */
  gaveUp(items: readonly unknown[], why: string): void {
    this.#lostAlerts.add(items, why);
  }

  /** The target took items. */
  delivered(): void {
    this.#lostAlerts.delivered();
  }

  /** The disk of its spill fails, or works again. */
  disk(error: Error | null, fault: SpillTrouble, dir: string): void {
    const { log } = this.#scene;
    if (error === null) return log.info(TAKEN_AGAIN[fault], { dir });
    log.error(DISK_TROUBLE[fault], { dir, error: error.message, until: "the disk takes it: tried each second" });
  }

  /**
   * The target does not answer.
   *
   * @param begun - When the write began that failed, on the clock that is never set.
   */
  failed(failure: DeliveryFailure, begun: number): void {
    const { clock } = this.#scope;
    this.#isFailing = true;
    this.#failure = failure;
    const end = Math.max(begun, this.#answeredAt) + OUTAGE_SECONDS;
    if (!this.#isOutage)
      this.#cancelOutage ??= clock.after(Math.max(0, end - clock.elapsed()), () =>
        this.#beginOutage(this.#failure ?? failure),
      );
    this.#episode.trouble(this.#scene, 0, "the target does not answer: trying again", fieldsOf(failure));
    if (failure.retryAfter > OUTAGE_SECONDS)
      this.#episode.trouble(this.#scene, 0, "the target is left alone, as it asks", fieldsOf(failure));
  }

  /** The target answers: it is up, whatever it thinks of the items. */
  answered(): void {
    this.#answeredAt = this.#scope.clock.elapsed();
    this.#isFailing = false;
    this.#cancel();
    if (!this.#isOutage) return this.#episode.success(this.#scene);
    this.#isOutage = false;
    const [target, waiting, { lost }] = [this.#name, this.#waiting(), this.#episode];
    this.#episode.end(this.#scene, TAKES_EVENTS, { waiting });
    this.#scope.tell(takesEventsAgain(target, waiting, lost));
  }

  close(): void {
    this.#cancel();
    this.#lostAlerts.close();
    if (this.#isOutage) this.#tell("closed", "it was closed before it took events again");
    const waiting = this.#waiting();
    if (waiting === 0 && !this.#isFailing) this.#episode.end(this.#scene, "the trouble is over");
    else this.#episode.end(this.#scene, "the trouble lasted until the target was closed", { waiting });
  }

  #cancel(): void {
    this.#cancelOutage?.();
    this.#cancelOutage = null;
  }

  #beginOutage(failure: DeliveryFailure): void {
    this.#isOutage = true;
    const [target, waiting] = [this.#name, this.#waiting()];
    this.#scene.log.warn("target takes no events", { ...fieldsOf(failure), waiting });
    const { message, retryAfter } = failure;
    const pause = retryAfter > 0 ? `, it is tried again in ${Math.ceil(retryAfter)} s` : "";
    this.#tell("critical", `${target} takes no events, ${waiting} wait: ${message}${pause}`);
  }

  #tell(state: "critical" | "closed", description: string): void {
    this.#scope.tell({ service: "fast-ts delivery", target: this.#name, state, description, attributes: {} });
  }
}

/** @param lost - Events that were given up meanwhile, as far as that is known. */
export function takesEventsAgain(target: string, waiting: number, lost = 0): TargetNews {
  const gone = lost > 0 ? `, ${lost} were given up meanwhile` : "";
  const description = `${target} takes events again, ${waiting} wait for it${gone}`;
  return { service: "fast-ts delivery", target, state: "ok", description, attributes: {} };
}

function fieldsOf(failure?: DeliveryFailure): Record<string, unknown> {
  if (failure === undefined) return {};
  const { message, answer, retryAfter } = failure;
  return {
    error: message,
    ...(answer !== "" && { answer }),
    ...(retryAfter > 0 && { retry_in_seconds: Math.ceil(retryAfter) }),
  };
}
