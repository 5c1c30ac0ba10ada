import { join } from "node:path";
import type { Cancel, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { DropReason } from "../core/stage.ts";
import type { TargetNews } from "../core/target-port.ts";
import { ALERT_LOST } from "../delivery/alert-mark.ts";
import { QUIET_SECONDS, takesAlertsAgain } from "../delivery/lost-alerts.ts";
import type { TargetReport } from "../delivery/report.ts";
import { TAKES_EVENTS, takesEventsAgain } from "../delivery/trouble.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import type { FileLayer } from "../state/file-layer.ts";
import { KeptMap } from "../state/kept-map.ts";

const LOOK_SECONDS = 1;
/** Within this time what pipelines make of an event, as an alert, is on disk. */
const SAVE_SECONDS = 5;

/** A host, as far as targets go. */
export interface TargetsHost {
  /** One report a target: all workers together. */
  targets(): readonly TargetReport[];
  /** Gives the event about a target to all pipelines; resolves with why they will not get it. */
  tell(news: TargetNews): Promise<DropReason | null>;
}

export interface TroubleStoreOptions {
  /** Where the process keeps what is to outlive it; null: nowhere. */
  readonly dataDir: string | null;
  readonly clock: Clock;
  readonly log: Log;
  /** There is none yet when this is made. */
  host(): TargetsHost;
  readonly files?: FileLayer;
}

/** What was told `critical` of a target, and not yet `ok`. */
interface OpenTrouble {
  /** When a thread last found it, Unix seconds. */
  readonly at: number;
  /** Whether what pipelines made of the event is on disk. */
  readonly isSaved: boolean;
}

/**
 * Passes the news of targets on to all pipelines: one `critical`, however many threads find the same trouble, and one `ok`
 * when it is over for all of them. When none of them is left, as after a restart, or after the end of a worker, this finds
 * out that it is over: the target has taken something since, or no route names it any more.
 */
export class TroubleStore {
  readonly #options: TroubleStoreOptions;
  /** By service and target. */
  #open = new KeptMap<OpenTrouble>();
  /** The threads that are to say that it is over. */
  readonly #tellers = new Map<string, Set<object>>();
  /** Those of the last process that may have been lost with it. */
  readonly #unsure = new Set<string>();
  /** Those of which pipelines are told that they are over: forgotten when what they make of it is on disk. */
  readonly #ending = new Set<string>();
  #isNamed: ((target: string) => boolean) | null = null;
  #cancelLook: Cancel = () => {};

  constructor(options: TroubleStoreOptions) {
    this.#options = options;
  }

  /** Reads what the last process left. */
  async open(): Promise<void> {
    const { dataDir, clock } = this.#options;
    const dir = dataDir === null ? null : join(dataDir, "troubles");
    this.#open = await KeptMap.open({ ...this.#options, dir, what: "what was told of targets" });
    for (const [id, { isSaved }] of this.#open) if (!isSaved) this.#unsure.add(id);
    this.#follow(clock.now());
    this.#cancelLook = clock.every(LOOK_SECONDS, () => this.#look());
  }

  /** These are all pipelines there are. */
  claim(pipelines: readonly DryRunPipeline[]): void {
    const sinks = pipelines.flatMap(({ name, edges }) =>
      edges.filter(({ kind }) => kind === "sink").map(({ target, queue }) => ({ name, label: target?.label ?? queue })),
    );
    const labels = new Set(sinks.map(({ label }) => label));
    // A sink of one's own without a name is called by its pipeline and its place there.
    const unnamed = sinks.filter(({ label }) => label === undefined).map(({ name }) => `${name}/`);
    this.#isNamed = (target) => labels.has(target) || unnamed.some((start) => target.startsWith(start));
  }

  /** @param teller - What stands for the thread of the target. */
  hear(news: TargetNews, teller: object): void {
    const id = JSON.stringify([news.service, news.target]);
    if (news.state === "critical") return void this.#begin(id, news, teller);
    this.#tellers.get(id)?.delete(teller);
    if (news.state === "ok" && this.#isOrphan(id)) void this.#end(id, news);
  }

  /** The thread is gone. */
  ended(teller: object): void {
    for (const tellers of this.#tellers.values()) tellers.delete(teller);
  }

  /** Saves what is not on disk yet. Pipelines have ended, and so has what they save. */
  async close(): Promise<void> {
    this.#cancelLook();
    for (const id of this.#ending) this.#forget(id);
    this.#settle(Number.POSITIVE_INFINITY);
    await this.#open.close();
  }

  async #begin(id: string, news: TargetNews, teller: object): Promise<void> {
    const isAnew = this.#ending.delete(id) || this.#unsure.delete(id);
    const told = isAnew ? undefined : this.#open.get(id);
    this.#open.set(id, { at: this.#options.clock.now(), isSaved: told?.isSaved ?? false });
    this.#tellers.set(id, (this.#tellers.get(id) ?? new Set()).add(teller));
    if (told === undefined && (await this.#options.host().tell(news)) !== null) this.#forget(id);
  }

  /** Resolves with whether pipelines are told. A process that stops does not tell them: the next one will. */
  async #end(id: string, news: TargetNews): Promise<boolean> {
    const { clock, host } = this.#options;
    this.#ending.add(id);
    const isTold = (await host().tell(news)) === null;
    // One that began anew meanwhile is not ending.
    if (isTold) clock.after(SAVE_SECONDS, () => this.#ending.has(id) && this.#forget(id));
    else this.#ending.delete(id);
    return isTold;
  }

  #forget(id: string): void {
    this.#open.delete(id);
    this.#tellers.delete(id);
    this.#unsure.delete(id);
    this.#ending.delete(id);
  }

  /** The clock may have been set back. */
  #follow(now: number): void {
    for (const [id, trouble] of [...this.#open]) if (trouble.at > now) this.#open.set(id, { ...trouble, at: now });
  }

  /** What was told of by `until` is on disk. */
  #settle(until: number): void {
    for (const [id, trouble] of [...this.#open])
      if (!trouble.isSaved && trouble.at <= until && !this.#unsure.has(id))
        this.#open.set(id, { ...trouble, isSaved: true });
  }

  /** It is open, and no thread is to say that it is over. */
  #isOrphan(id: string): boolean {
    const isOpen = this.#open.get(id) !== undefined && !this.#ending.has(id);
    return isOpen && (this.#tellers.get(id)?.size ?? 0) === 0;
  }

  #look(): void {
    const { clock, host } = this.#options;
    const now = clock.now();
    this.#follow(now);
    this.#settle(now - SAVE_SECONDS);
    const orphans = [...this.#open].filter(([id]) => this.#isOrphan(id));
    if (orphans.length === 0 || this.#isNamed === null) return;
    const reports = host().targets();
    for (const [id, { at }] of orphans) {
      const [service, target]: [TargetNews["service"], string] = JSON.parse(id);
      const report = reports.find((one) => one.target === target);
      if (!this.#isNamed(target)) void this.#dismiss(id, service, target);
      else if (report !== undefined && isOver(service, at, report, now)) void this.#conclude(id, service, report);
    }
  }

  async #conclude(id: string, service: TargetNews["service"], report: TargetReport): Promise<void> {
    const { target, pending, spilled } = report;
    const waiting = pending + spilled;
    const isLost = service === ALERT_LOST;
    const news = isLost ? takesAlertsAgain(target, "at least once") : takesEventsAgain(target, waiting);
    if (!(await this.#end(id, news))) return;
    this.#options.log.info(isLost ? "target takes alerts again" : TAKES_EVENTS, { target, waiting });
  }

  async #dismiss(id: string, service: TargetNews["service"], target: string): Promise<void> {
    const description = `no route sends to ${target} any more: whether it works is not known`;
    if (!(await this.#end(id, { service, target, state: "ok", description, attributes: {} }))) return;
    this.#options.log.info("trouble of a target is over: no route sends to it any more", { target, service });
  }
}

/** The target has taken something since it was told, at `at`; what it took in the future was before the clock was set back. */
function isOver(service: string, at: number, { circuit, lastSuccess }: TargetReport, now: number): boolean {
  const isQuiet = service !== ALERT_LOST || now - at >= QUIET_SECONDS;
  return isQuiet && circuit === "closed" && lastSuccess !== null && lastSuccess > at && lastSuccess <= now;
}
