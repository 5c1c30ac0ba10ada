import { add, OFFERED, SHED, setState } from "../engine/ledger.ts";
import type { PipelineState } from "../engine/report.ts";
import type { PipelineHandle } from "../runtime/pipeline-runtime.ts";

/** A pipeline's books since its thread began it. */
interface Ledger {
  readonly started: PipelineHandle;
  /** The number of the first event it is offered, counted since the daemon began. */
  readonly begun: number;
}

/** The number of the first event that was not offered to the pipeline. */
function nextOf({ started, begun }: Ledger): number {
  return begun + (started.counts[OFFERED] ?? 0);
}

/** The books of a worker's pipelines, whether it has a thread or not. */
export class WorkerLedger {
  #all: readonly Ledger[] = [];

  /**
   * A thread has begun some pipelines.
   *
   * @param owned - All that it has now.
   * @param begun - Events before theirs.
   */
  open(owned: readonly string[], started: readonly PipelineHandle[], begun: number): void {
    const isKept = ({ started: { name } }: Ledger): boolean =>
      owned.includes(name) && !started.some((one) => one.name === name);
    const opened = started.map((one) => ({ started: one, begun: Math.max(begun, one.since) }));
    this.#all = [...this.#all.filter(isKept), ...opened];
  }

  /** The number of the first event that was not offered, by pipeline. */
  get next(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#fed.map((ledger) => [ledger.started.name, nextOf(ledger)]));
  }

  setState(state: PipelineState): void {
    for (const { started } of this.#all) setState(started.counts, state);
  }

  /** So many events have come that there was no thread for. */
  shed(events: number): void {
    for (const ledger of this.#fed) shed(ledger, events);
  }

  /** What was written and not offered will not be, as there is no thread to do it; returns how many that are, for all pipelines. */
  shedUnoffered(written: number): number {
    let lost = 0;
    for (const ledger of this.#fed) {
      const unoffered = Math.max(0, written - nextOf(ledger));
      shed(ledger, unoffered);
      lost += unoffered;
    }
    return lost;
  }

  /** The ledgers of the pipelines that get events from outside: what others get is not known here. */
  get #fed(): readonly Ledger[] {
    return this.#all.filter(({ started }) => started.channel === null);
  }
}

function shed({ started: { counts } }: Ledger, events: number): void {
  add(counts, OFFERED, events);
  add(counts, SHED, events);
}
