import type { Batch } from "../capture/capture.ts";
import { SystemClock } from "../core/clock.ts";
import type { PipelineReport, StageReport } from "../engine/report.ts";
import { compileRoutes } from "../routes/compile.ts";
import { dryRunRoutes } from "../routes/dry-run.ts";
import type { Drop } from "../testing/drops.ts";
import { failOn, loadRoutes } from "../testing/load-routes.ts";
import { RoutesRun } from "../testing/routes-run.ts";
import type { Recorded, RoutesOptions } from "../testing/routes-under-test.ts";

/** How much came to a sink, at one place of a pipeline. */
export interface SinkCount {
  readonly sink: string;
  readonly stage: string;
  readonly count: number;
}

/** A pipeline after a replay. */
export interface PipelineSummary extends Pick<PipelineReport, "name" | "offered" | "taken" | "restarts"> {
  readonly sinks: readonly SinkCount[];
  readonly drops: readonly Omit<Drop, "pipeline">[];
}

/** Gets what the engine and the stages have to say. */
export type Say = (at: number, level: string, message: string, fields: Readonly<Record<string, unknown>>) => void;

/** One of the route directories that a replay runs: what its sinks get, as it comes, and the counts of it. */
export class Side {
  readonly dir: string;
  readonly #hosted: RoutesRun;
  readonly #say: Say;

  private constructor(dir: string, hosted: RoutesRun, say: Say) {
    this.dir = dir;
    this.#hosted = hosted;
    this.#say = say;
  }

  /**
   * Loads the routes and starts them.
   *
   * @throws FastTsError `FTS_ROUTES` when they would not load.
   */
  static async open(dir: string, options: RoutesOptions, say: Say): Promise<Side> {
    const compiled = await compileRoutes(dir);
    // In a thread of its own first: a route file might end the process, or use up its memory.
    const clock = new SystemClock();
    const probed = await dryRunRoutes(compiled.files, { clock, secrets: false });
    clock.stop();
    failOn([...compiled.problems, ...probed.problems]);
    return new Side(dir, new RoutesRun(loadRoutes([compiled.dir], compiled.dir), options), say);
  }

  /** What the sinks of its pipelines are called. */
  get sinks(): readonly string[] {
    return Object.keys(this.#hosted.sinks);
  }

  /** What the sinks get until the batch has come and was dealt with. */
  async *arrive(batch: Batch): AsyncGenerator<Recorded> {
    for await (const _ of this.#hosted.arrive(batch)) yield* this.#drain();
  }

  /** What they get when the pipelines emit what they hold. */
  async *stop(): AsyncGenerator<Recorded> {
    const { stuck } = await this.#hosted.stop();
    yield* this.#drain();
    if (stuck.length > 0) this.#say(this.#hosted.now, "warn", "stages did not finish", { stuck });
  }

  get pipelines(): readonly PipelineSummary[] {
    const { drops, sinkPlaces } = this.#hosted;
    return this.#hosted.pipelines.map(({ name, offered, taken, restarts, stages }) => ({
      name,
      offered,
      taken,
      restarts,
      sinks: sinkPlaces
        .filter(({ pipeline }) => pipeline === name)
        .map(({ stage, name: sink }) => ({ sink, stage, count: deliveredAt(stage, stages) })),
      drops: drops.filter(({ pipeline }) => pipeline === name).map(({ pipeline: _, ...drop }) => drop),
    }));
  }

  *#drain(): Generator<Recorded> {
    const { recorded, log } = this.#hosted.drain();
    for (const { level, message, fields } of log)
      if (level === "warn" || level === "error") this.#say(this.#hosted.now, level, message, fields);
    for (const one of recorded) if (one.kind === "sink") yield one;
  }
}

function deliveredAt(place: string, stages: readonly StageReport[]): number {
  return stages.find((stage) => stage.place === place)?.delivered ?? 0;
}
