import type { Pipeline } from "../core/pipeline.ts";
import { channelOf, edgesOf } from "../core/pipeline-edges.ts";
import type { SpreadBy } from "../core/spread.ts";
import type { Edge } from "../core/stage.ts";
import type { Layout } from "./layout.ts";
import { newCounts, readLedger } from "./ledger.ts";
import type { PipelineReport } from "./report.ts";

/** What is known of a pipeline that a supervisor keeps alive, and its ledger. */
export abstract class SupervisedPipeline {
  readonly pipeline: Pipeline;
  readonly layout: Layout;
  /** The ledger. */
  readonly counts: Float64Array;
  /** The places of stages that may have a state which is not in what was saved last. */
  readonly forgetful = new Set<string>();
  /** Where its events come from; `null`: from outside, with all others. */
  readonly channel: string | null;
  /** Which of the events from outside it gets. */
  readonly spread: SpreadBy;
  /** The number of the first event it takes, counted since the daemon began, in its spread; with a journal, since that did. */
  since: number;

  constructor(pipeline: Pipeline, layout: Layout, spread: SpreadBy, since: number) {
    this.pipeline = pipeline;
    this.layout = layout;
    this.counts = newCounts(layout.rows.length);
    this.channel = channelOf(pipeline.stages);
    this.spread = spread;
    this.since = since;
  }

  /** How many stages the ledger has a row for. */
  get rows(): number {
    return this.layout.rows.length;
  }

  /** The names of its stages, row by row. */
  get places(): string[] {
    return this.layout.rows.map(({ name }) => name);
  }

  /** The ledger of a pipeline in this thread, as numbers. */
  report(file = "", line = 0): PipelineReport {
    return readLedger(this.counts, this.places, {
      name: this.pipeline.name,
      file,
      line,
      worker: 0,
      workers: [0],
      placement: "",
    });
  }

  /** Where it meets the world beyond its chain. */
  get edges(): readonly Edge[] {
    const { stages, options } = this.pipeline;
    return edgesOf([...stages, ...(options.onCrash ?? [])]);
  }

  /** Whether what it does may publish to a channel. */
  publishesTo(channel: string): boolean {
    return this.edges.some(({ kind, name }) => kind === "publish" && name === channel);
  }
}
