import { type Clock, monotonic } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { coerceError } from "../errors.ts";
import { checkSet } from "../routes/check-set.ts";
import { type Compiled, compileRoutes } from "../routes/compile.ts";
import { dryRunRoutes } from "../routes/dry-run.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import { formatProblem, type Problem } from "../routes/problem.ts";
import type { ReloadReport, TapReport } from "../runtime/report.ts";
import type { Host, RouteSet } from "./host.ts";

export interface LoaderOptions {
  readonly dir: string;
  readonly hosting: Host;
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
  #busy: Promise<boolean> = Promise.resolve(true);
  #isQueued = false;
  #isStopped = false;
  #said = "";
  /** Told after each attempt what the routes are made of. */
  onLoaded: (inputs: readonly string[]) => void = () => {};

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  get report(): ReloadReport {
    return this.#report;
  }

  /** The route set that runs; null before the first. */
  get running(): RouteSet | null {
    return this.#running;
  }

  /** The taps of the route set that runs. */
  get taps(): readonly TapReport[] {
    const pipelines = this.#running?.pipelines ?? [];
    const tapsOf = ({ edges }: DryRunPipeline): string[] =>
      edges.filter(({ kind }) => kind === "tap").map(({ name }) => name);
    const names = [...new Set(pipelines.flatMap(tapsOf))];
    return names.map((name) => ({
      name,
      pipelines: pipelines.filter((one) => tapsOf(one).includes(name)).map((one) => one.name),
    }));
  }

  /**
   * Loads what is in the directory now. Attempts run one after the other; waiting ones are merged into one.
   *
   * @param isAsked - Somebody expects an answer in the log, even if it is the same as before.
   */
  load(isAsked = false): Promise<boolean> {
    if (isAsked) this.#said = "asked";
    if (this.#isQueued) return this.#busy;
    this.#isQueued = true;
    this.#busy = this.#busy.then(() => {
      this.#isQueued = false;
      return this.#attempt();
    });
    return this.#busy;
  }

  /** Changes nothing any more, also when an attempt is under way. */
  stop(): void {
    this.#isStopped = true;
  }

  async #attempt(): Promise<boolean> {
    const begun = monotonic();
    try {
      const compiled = await compileRoutes(this.#options.dir);
      this.onLoaded(compiled.inputs);
      if (this.#isUnchanged(compiled)) return true;
      return await this.#swap(compiled, begun);
    } catch (thrown) {
      return this.#failed(coerceError(thrown).message);
    }
  }

  /** Nothing new since the last attempt that succeeded: an editor touched a file, a ConfigMap was swapped for its equal. */
  #isUnchanged({ files, problems }: Compiled): boolean {
    const running = this.#running;
    if (running === null || hasError(problems) || running.files.length !== files.length) return false;
    if (!files.every((file) => running.files.some((old) => old.file === file.file && old.hash === file.hash)))
      return false;
    if (this.#said !== "") this.#options.log.info("routes on disk are those that run");
    this.#said = "";
    this.#report = { ...this.#report, lastError: null };
    return true;
  }

  async #swap(compiled: Compiled, begun: number): Promise<boolean> {
    const { hosting, clock, log, dir } = this.#options;
    if (hasError(compiled.problems)) return this.#failed(words(compiled.problems, dir));
    const old = this.#running;
    const isKnown = (at: Compiled["files"][number]): boolean =>
      old?.files.some((file) => file.file === at.file && file.hash === at.hash) ?? false;
    const changed = compiled.files.filter((file) => !isKnown(file));
    const same = new Set(compiled.files.filter(isKnown).map((file) => file.file));
    const probed = await dryRunRoutes(changed, { clock });
    const kept = old?.pipelines.filter((pipeline) => same.has(pipeline.route)) ?? [];
    const all = [...kept, ...probed.pipelines];
    const problems = [...probed.problems, ...checkSet(all, compiled.dir)];
    if (hasError(problems)) return this.#failed(words(problems, dir));
    const pipelines = all.filter((pipeline) => !pipeline.empty);
    const set: RouteSet = { files: compiled.files, pipelines };
    if (this.#isStopped) return false;
    const late = await hosting.apply(set);
    if (hasError(late)) return this.#failed(words(late, dir));
    this.#running = set;
    this.#said = "";
    this.#report = { ...this.#report, succeeded: this.#report.succeeded + 1, lastError: null, loadedAt: clock.now() };
    const warnings = [...compiled.problems, ...problems];
    if (warnings.length > 0) log.warn("routes load, with warnings", { problems: words(warnings, dir) });
    for (const { name, file, line } of all.filter((pipeline) => pipeline.empty))
      log.info("pipeline without stages skipped", { pipeline: name, file: `${file}:${line}` });
    if (old !== null)
      log.info("routes reloaded", { ...summary(set, changed, old), seconds: rounded(monotonic() - begun) });
    if (pipelines.length === 0)
      log.warn("no pipeline is declared: events are acknowledged and go nowhere", {
        dir,
        hint: `add a *.ts file there, or run fast-ts init ${dir}`,
      });
    return true;
  }

  #failed(message: string): false {
    this.#report = { ...this.#report, failed: this.#report.failed + 1, lastError: message };
    // The first attempt is the start, which fails with the message; a repeated message is logged once.
    if (this.#running === null || message === this.#said) return false;
    this.#said = message;
    this.#options.log.error("routes not reloaded, the old ones go on", { problems: message });
    return false;
  }
}

function summary(set: RouteSet, changed: Compiled["files"], old: RouteSet): Record<string, unknown> {
  const removed = old.files.filter(({ file }) => !set.files.some((one) => one.file === file)).map(({ name }) => name);
  return {
    changed: changed.map(({ name }) => name),
    ...(removed.length > 0 && { removed }),
    pipelines: set.pipelines.map(({ name }) => name),
  };
}

function hasError(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

function words(problems: readonly Problem[], dir: string): string {
  return problems.map((problem) => formatProblem(problem, dir)).join("\n");
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
