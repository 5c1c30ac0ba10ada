import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { SpreadField } from "../core/spread.ts";
import type { PeerAddress } from "../core/stage.ts";
import { coerceError } from "../errors.ts";
import { checkData } from "../routes/check-data.ts";
import { checkOwnPorts } from "../routes/check-own-ports.ts";
import { checkSet } from "../routes/check-set.ts";
import { type Compiled, compileRoutes, type RouteFile } from "../routes/compile.ts";
import { dryRunRoutes } from "../routes/dry-run.ts";
import { formatProblem, type Problem } from "../routes/problem.ts";
import { savedAt } from "../routes/saved-at.ts";
import { MAX_FILE_SECONDS } from "../routes/time-limit.ts";
import type { ReloadReport, TapReport } from "../runtime/report.ts";
import { EmptiedFiles, isOf } from "./emptied-files.ts";
import type { Host, RouteSet } from "./host.ts";

export interface LoaderOptions {
  readonly dir: string;
  /** Seconds that a route file which became empty is waited for. */
  readonly settle: number;
  readonly hosting: Pick<Host, "apply">;
  /** Whether there is a directory for what outlives the process. */
  readonly hasData: boolean;
  readonly partitionKey: SpreadField;
  /** The ports that the router listens on. */
  listening(): readonly PeerAddress[];
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Loads the route directory into the threads: compiles, tries out and swaps it, or reports what is wrong and changes
 * nothing.
 */
export class Loader {
  readonly #options: LoaderOptions;
  #report: ReloadReport = { succeeded: 0, failed: 0, lastError: null, loadedAt: null };
  #running: RouteSet | null = null;
  #taps: readonly TapReport[] = [];
  #busy: Promise<boolean> = Promise.resolve(true);
  #isQueued = false;
  #isStopped = false;
  /** Somebody looks for an answer to the next attempt. */
  #isAsked = false;
  /** The failure that was logged last, and when its files were saved; "" once all is well. */
  #said = "";
  /** The route file that takes long to be tried out, or loops: the attempt waits for it. */
  #slow: string | null = null;
  readonly #passedOver = new Set<string>();
  readonly #emptied: EmptiedFiles;
  /** Told after each attempt what the routes are made of. */
  onLoaded: (inputs: readonly string[]) => void = () => {};

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#emptied = new EmptiedFiles({ ...options, onTimeUp: () => void this.load() });
  }

  get report(): ReloadReport {
    return this.#report;
  }

  /** The route set that runs; null before the first. */
  get running(): RouteSet | null {
    return this.#running;
  }

  /** The route file that the attempt under way waits for, as it takes long; null when it does not. */
  get slowRoute(): string | null {
    return this.#slow;
  }

  /** The taps of the route set that runs. */
  get taps(): readonly TapReport[] {
    return this.#taps;
  }

  /**
   * Loads what is in the directory now. Attempts run one after the other; waiting ones are merged into one.
   *
   * @param isAsked - Somebody looks for an answer in the log, though it be the one of before; no file is waited for.
   */
  load(isAsked = false): Promise<boolean> {
    this.#isAsked ||= isAsked;
    if (this.#isQueued) return this.#busy;
    this.#isQueued = true;
    this.#busy = this.#busy.then(() => {
      this.#isQueued = false;
      const wasAsked = this.#isAsked;
      this.#isAsked = false;
      return this.#attempt(wasAsked);
    });
    return this.#busy;
  }

  /** Changes nothing any more, also when an attempt is under way. */
  stop(): void {
    this.#isStopped = true;
    this.#emptied.stop();
  }

  async #attempt(isAsked: boolean): Promise<boolean> {
    const begun = this.#options.clock.elapsed();
    if (isAsked) this.#said = "asked";
    try {
      const compiled = await compileRoutes(this.#options.dir);
      this.onLoaded(compiled.inputs);
      this.#tellPassedOver(compiled.passedOver);
      const problems = await (hasError(compiled.problems) ? compiled.problems : this.#swap(compiled, isAsked, begun));
      if (this.#isStopped || problems === null) return false;
      return !hasError(problems) || this.#failed(this.#words(problems), await savedAt(compiled.inputs));
    } catch (thrown) {
      return this.#failed(coerceError(thrown).message);
    } finally {
      this.#slow = null;
    }
  }

  /** Says once that a file takes long; true when something has been saved since, which is tried out in its place. */
  #isSlow({ name }: RouteFile): boolean {
    const isStart = this.#running === null;
    if (this.#slow !== name) {
      const hint = `it is stopped after ${MAX_FILE_SECONDS} s of processor time${isStart ? "" : ", or by the next save"}`;
      this.#options.log.warn("route file takes long to run, it may loop", { file: name, hint });
    }
    this.#slow = name;
    return (this.#isQueued && !isStart) || this.#isStopped;
  }

  /**
   * Swaps to what was compiled. Returns what is wrong with it: an error means that nothing has changed. `null`: it was given
   * up for the attempt that waits.
   */
  async #swap(compiled: Compiled, isAsked: boolean, begun: number): Promise<readonly Problem[] | null> {
    const { hosting, hasData, partitionKey, clock } = this.#options;
    const old = this.#running;
    const changed = compiled.files.filter((file) => !isOf(old, file));
    const isSlow = (file: RouteFile): boolean => this.#isSlow(file);
    const probed = await dryRunRoutes(changed, { clock, partitionKey, isSlow });
    if (probed.isGivenUp === true) {
      this.#isAsked ||= isAsked; // the next attempt answers
      return null;
    }
    const isWhole = isAsked || old === null || hasError(probed.problems);
    if (isWhole) this.#emptied.stop();
    const files = isWhole ? compiled.files : this.#emptied.replace(compiled.files, probed.pipelines, old);
    if (old !== null && isSame(files, old)) return this.#unchanged();
    const same = new Set(files.filter((file) => isOf(old, file)).map(({ file }) => file));
    const all = [...(old?.pipelines.filter(({ route }) => same.has(route)) ?? []), ...probed.pipelines];
    const problems = [
      ...probed.problems.filter(({ file }) => !same.has(file)),
      ...checkSet(all, compiled.dir, partitionKey),
      ...checkOwnPorts(all, this.#options.listening(), "error"),
      ...(hasData ? [] : checkData(all, "error")),
    ];
    if (hasError(problems)) return problems;
    const set: RouteSet = { files, pipelines: all.filter((pipeline) => !pipeline.empty) };
    if (this.#isStopped) return [];
    const late = await hosting.apply(set);
    if (hasError(late)) return late;
    this.#running = set;
    this.#taps = tapsOf(set);
    this.#said = "";
    this.#report = { ...this.#report, succeeded: this.#report.succeeded + 1, lastError: null, loadedAt: clock.now() };
    this.#tell(set, old, [...compiled.problems, ...problems], clock.elapsed() - begun);
    for (const { name, file, line } of all.filter((pipeline) => pipeline.empty))
      this.#options.log.info("pipeline without stages skipped", { pipeline: name, file: `${file}:${line}` });
    return [];
  }

  /** Nothing is new: an editor touched a file, a ConfigMap was swapped for its equal. */
  #unchanged(): readonly Problem[] {
    if (this.#said !== "") this.#options.log.info("routes on disk are those that run");
    this.#said = "";
    this.#report = { ...this.#report, lastError: null };
    return [];
  }

  #tell(set: RouteSet, old: RouteSet | null, warnings: readonly Problem[], seconds: number): void {
    const { log, dir } = this.#options;
    if (warnings.length > 0) log.warn("routes load, with warnings", { problems: this.#words(warnings) });
    if (old !== null) log.info("routes reloaded", { ...summary(set, old), seconds: rounded(seconds) });
    if (set.pipelines.length > 0) return;
    const hint = `add a *.ts file there, or run fast-ts init ${dir}`;
    log.warn("no pipeline is declared: events are acknowledged and go nowhere", { dir, hint });
  }

  /** Says once what looks like a route file and is none. */
  #tellPassedOver(warnings: readonly Problem[]): void {
    const news = warnings.filter(({ file }) => !this.#passedOver.has(file));
    for (const { file } of news) this.#passedOver.add(file);
    if (news.length > 0) this.#options.log.warn("not loaded as routes", { problems: this.#words(news) });
  }

  /** @param saved - When the files were: a failure is said anew once one of them has been saved again. */
  #failed(message: string, saved = ""): false {
    this.#report = { ...this.#report, failed: this.#report.failed + 1, lastError: message };
    const said = `${message}\n${saved}`;
    // The first attempt is the start, which fails with the message.
    if (this.#running === null || said === this.#said) return false;
    this.#said = said;
    this.#options.log.error("routes not reloaded, the old ones go on", { problems: message });
    return false;
  }

  #words(problems: readonly Problem[]): string {
    return problems.map((problem) => formatProblem(problem, this.#options.dir)).join("\n");
  }
}

function isSame(files: readonly RouteFile[], old: RouteSet): boolean {
  return files.length === old.files.length && files.every((file) => isOf(old, file));
}

function summary(set: RouteSet, old: RouteSet): Record<string, unknown> {
  const changed = set.files.filter((file) => !isOf(old, file)).map(({ name }) => name);
  const removed = old.files.filter(({ file }) => !set.files.some((one) => one.file === file)).map(({ name }) => name);
  const pipelines = set.pipelines.map(({ name }) => name);
  const ended = old.pipelines.map(({ name }) => name).filter((name) => !pipelines.includes(name));
  return { changed, ...(removed.length > 0 && { removed }), pipelines, ...(ended.length > 0 && { ended }) };
}

function hasError(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function tapsOf({ pipelines }: RouteSet): TapReport[] {
  const taps = new Map<string, Set<string>>();
  for (const { name, edges } of pipelines)
    for (const edge of edges)
      if (edge.kind === "tap") taps.set(edge.name, (taps.get(edge.name) ?? new Set()).add(name));
  return [...taps].map(([name, names]) => ({ name, pipelines: [...names] }));
}
