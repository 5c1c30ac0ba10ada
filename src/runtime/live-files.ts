import type { Pipeline } from "../core/pipeline.ts";
import type { SpreadBy } from "../core/spread.ts";
import type { Supervisor } from "../engine/supervisor.ts";
import type { Owner } from "../engine/thread.ts";
import type { RouteFile } from "../routes/compile.ts";
import { type Evaluated, evaluateRoute } from "../routes/evaluate.ts";
import { PACKAGE_MODULES } from "../routes/package-modules.ts";
import type { Problem } from "../routes/problem.ts";

/** What a thread hosts: all route files, and which of their pipelines are this thread's. */
export interface Assignment {
  readonly files: readonly RouteFile[];
  readonly owned: readonly string[];
  /** Which events each pipeline gets; those not named get all. */
  readonly spreads?: ReadonlyMap<string, SpreadBy>;
  /** The number of the first event that each pipeline takes; pipelines not named take all. */
  readonly since?: ReadonlyMap<string, number>;
}

/** A pipeline that was started: where its counts are. */
export interface PipelineHandle {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly places: readonly string[];
  readonly counts: Float64Array;
  readonly spread: SpreadBy;
  /** The number of the first event it takes, in its spread. */
  readonly since: number;
  /** Where its events come from; `null`: from outside, with all others. */
  readonly channel: string | null;
}

interface LiveFile {
  readonly evaluated: Evaluated;
  /** Of what its own code started, outside of any pipeline's turn. */
  readonly owner: Owner;
  readonly supervisors: readonly Supervisor[];
}

/** What a swap changes. */
interface Change {
  readonly all: readonly Supervisor[];
  readonly added: readonly Supervisor[];
  /** Pipelines that are replaced or gone; `evaluated` is their file, when none of its pipelines goes on. */
  readonly removed: readonly { readonly supervisors: readonly Supervisor[]; readonly evaluated: Evaluated | null }[];
}

export interface LiveFilesOptions {
  /** Makes the supervisor of a pipeline that does not run yet. */
  supervise(pipeline: Pipeline, spread: SpreadBy, assignment: Assignment): Supervisor;
  /** Runs `work` so that what it starts is known to be `owner`'s. */
  enter<T>(owner: Owner, work: () => T): T;
  /** A file threw outside of any stage while none of its pipelines runs here. */
  idle(file: string, error: Error): void;
}

/**
 * The route files of a thread, evaluated, and the supervisors of its pipelines: those that run, and those staged for a
 * swap.
 */
export class LiveFiles {
  readonly #options: LiveFilesOptions;
  #live: readonly LiveFile[] = [];
  #staged: readonly LiveFile[] | null = null;

  constructor(options: LiveFilesOptions) {
    this.#options = options;
  }

  /** Evaluates what changed, without touching what runs. Any problem: nothing is staged. */
  prepare(assignment: Assignment): Problem[] {
    this.discard();
    const problems: Problem[] = [];
    const staged: LiveFile[] = [];
    for (const file of assignment.files) {
      const same = this.#live.find(
        ({ evaluated }) => evaluated.file.file === file.file && evaluated.file.hash === file.hash,
      );
      const { evaluated, owner } = same ?? this.#evaluate(file);
      if (evaluated.problem !== null) problems.push(evaluated.problem);
      const supervisors = evaluated.pipelines
        .filter(({ pipeline }) => assignment.owned.includes(pipeline.name) && pipeline.stages.length > 0)
        .map(({ pipeline }) => {
          const spread = assignment.spreads?.get(pipeline.name) ?? "all";
          const running = same?.supervisors.find((one) => one.pipeline === pipeline && one.spread === spread);
          return running ?? this.#options.supervise(pipeline, spread, assignment);
        });
      staged.push({ evaluated, owner, supervisors });
    }
    this.#staged = staged;
    if (problems.length > 0) this.discard();
    return problems;
  }

  #evaluate(file: RouteFile): Pick<LiveFile, "evaluated" | "owner"> {
    const owner: Owner = { crashed: (error) => this.#crashed(owner, file, error) };
    return { owner, evaluated: this.#options.enter(owner, () => evaluateRoute(file, PACKAGE_MODULES)) };
  }

  /** What a file threw costs those of its pipelines that run: none before the swap, nor once it is replaced. */
  #crashed(owner: Owner, { file }: RouteFile, error: Error): void {
    const supervisors = this.#live.find((live) => live.owner === owner)?.supervisors ?? [];
    if (supervisors.filter((supervisor) => supervisor.crashed(error)).length === 0) this.#options.idle(file, error);
  }

  /** Forgets what was staged. */
  discard(): void {
    for (const { evaluated } of this.#staged ?? []) if (!isIn(this.#live, evaluated)) evaluated.forget();
    this.#staged = null;
  }

  /** Those that run and are not staged. */
  replaced(): Supervisor[] {
    const staged = supervisorsOf(this.#staged ?? this.#live);
    return [...supervisorsOf(this.#live)].filter((supervisor) => !staged.has(supervisor));
  }

  /** What was staged is live now. */
  swap(): Change {
    const before = this.#live;
    const after = this.#staged ?? before;
    const [old, all] = [supervisorsOf(before), supervisorsOf(after)];
    this.#live = after;
    this.#staged = null;
    return {
      all: [...all],
      added: [...all].filter((supervisor) => !old.has(supervisor)),
      removed: before.map(({ evaluated, supervisors }) => ({
        supervisors: supervisors.filter((supervisor) => !all.has(supervisor)),
        evaluated: isIn(after, evaluated) ? null : evaluated,
      })),
    };
  }

  handles(of: readonly Supervisor[]): PipelineHandle[] {
    return this.#live.flatMap((file) =>
      file.supervisors.filter((supervisor) => of.includes(supervisor)).map((supervisor) => handleOf(file, supervisor)),
    );
  }

  /** The hash of the file of a pipeline that runs, or was staged. */
  sourceOf(supervisor: Supervisor): string {
    const files = [...this.#live, ...(this.#staged ?? [])];
    return files.find(({ supervisors }) => supervisors.includes(supervisor))?.evaluated.file.hash ?? "";
  }

  /** The pipelines of the files that were made of one of these. */
  madeOf(sources: ReadonlySet<string>): Supervisor[] {
    return this.#live
      .filter(({ evaluated }) => evaluated.file.inputs.some((input) => sources.has(input)))
      .flatMap(({ supervisors }) => supervisors);
  }
}

function isIn(files: readonly LiveFile[], evaluated: Evaluated): boolean {
  return files.some((live) => live.evaluated === evaluated);
}

function supervisorsOf(files: readonly LiveFile[]): Set<Supervisor> {
  return new Set(files.flatMap(({ supervisors }) => supervisors));
}

function handleOf({ evaluated }: LiveFile, supervisor: Supervisor): PipelineHandle {
  const { pipeline, places, counts, spread, since, channel } = supervisor;
  const place = evaluated.pipelines.find((declared) => declared.pipeline === pipeline)?.place;
  const { file, line } = place ?? { file: evaluated.file.file, line: 1 };
  return { name: pipeline.name, file, line, places, counts, spread, since, channel };
}
