import type { EventNumbers } from "../core/spread.ts";
import { ACCEPTED, add, lostSlot, OFFERED, PIPELINE_LOST, SHED, setState } from "../engine/ledger.ts";
import type { LostReason, PipelineState } from "../engine/report.ts";
import type { PipelineHandle } from "../runtime/live-files.ts";

/** A pipeline's books since its thread began it. */
interface Ledger {
  readonly started: PipelineHandle;
  /** The number of the first event it is offered, counted since the daemon began, in its spread. */
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
   * @param begun - Events before theirs; null: they are those before `since` of each.
   */
  open(owned: readonly string[], started: readonly PipelineHandle[], begun: EventNumbers | null): void {
    const isKept = ({ started: { name } }: Ledger): boolean =>
      owned.includes(name) && !started.some((one) => one.name === name);
    const first = ({ spread, since }: PipelineHandle): number =>
      begun === null ? since : Math.max(begun[spread], since);
    const opened = started.map((one) => ({ started: one, begun: first(one) }));
    this.#all = [...this.#all.filter(isKept), ...opened];
  }

  /** The number of the first event that was not offered, by pipeline. */
  get next(): ReadonlyMap<string, number> {
    return new Map(this.#fed.map((ledger) => [ledger.started.name, nextOf(ledger)]));
  }

  setState(state: PipelineState): void {
    for (const { started } of this.#all) setState(started.counts, state);
  }

  /** How many of the first `written` events were not offered, for all pipelines. */
  unoffered(written: EventNumbers): number {
    return this.#fed.reduce((sum, ledger) => sum + unoffered(ledger, written), 0);
  }

  /** What of the first `written` events was not offered is shed, as there is no thread to do it; returns how many that are. */
  shed(written: EventNumbers): number {
    return this.#settle(written, ({ started: { counts } }, events) => add(counts, SHED, events));
  }

  /** What of the first `written` events was not offered never will be: it is lost. Returns how many that are. */
  lose(written: EventNumbers, reason: LostReason): number {
    return this.#settle(written, ({ started: { counts } }, events) => {
      add(counts, ACCEPTED, events);
      add(counts, lostSlot(PIPELINE_LOST, reason), events);
    });
  }

  #settle(written: EventNumbers, count: (ledger: Ledger, events: number) => void): number {
    let all = 0;
    for (const ledger of this.#fed) {
      const events = unoffered(ledger, written);
      add(ledger.started.counts, OFFERED, events);
      count(ledger, events);
      all += events;
    }
    return all;
  }

  /** The ledgers of the pipelines that get events from outside: what others get is not known here. */
  get #fed(): readonly Ledger[] {
    return this.#all.filter(({ started }) => started.channel === null);
  }
}

function unoffered(ledger: Ledger, written: EventNumbers): number {
  return Math.max(0, written[ledger.started.spread] - nextOf(ledger));
}
