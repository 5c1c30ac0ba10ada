import { copyOf, fromCopy } from "../core/event-copy.ts";
import { type Settlement, settleDelivered, settleDropped } from "../core/settlement.ts";
import type { DropReason } from "../core/stage.ts";
import type { Giver } from "../core/target-port.ts";
import { settingsBehindTransit } from "./divided-bounds.ts";
import type { HandedItems, Handover, HandoverAnswer, TransitCounts } from "./handover.ts";
import { Letter, weighRendered } from "./rendered.ts";
import { newTargetCounts, reportOf, type ThreadTargetReport } from "./report.ts";
import { remember } from "./secret-mask.ts";
import type { Target } from "./target.ts";
import { type Targets, variantOf } from "./targets.ts";

type Use = Extract<Handover, { kind: "use" }>;

/** Takes what one worker thread hands over. What it has taken is delivered, and counted, also when that thread is gone. */
export class HandoverReceiver {
  readonly #targets: Targets;
  readonly #workers: number;
  readonly #post: (answer: HandoverAnswer) => void;
  readonly #givers = new Map<number, AbsentGiver>();
  /** What the thread's sinks use, by target and variant. */
  readonly #used = new Map<string, Use>();
  /** How many items came, by the label of their target. */
  readonly #received = new Map<string, number>();
  #isGone = false;

  /**
   * @param workers - Threads that share the bounds of a target.
   * @param post - Sends an answer to the thread.
   */
  constructor(targets: Targets, workers: number, post: (answer: HandoverAnswer) => void) {
    this.#targets = targets;
    this.#workers = workers;
    this.#post = (answer) => {
      if (!this.#isGone) post(answer);
    };
  }

  receive(message: Handover): void {
    switch (message.kind) {
      case "use":
        return this.#use(message);
      case "release": {
        const { id, writer, config, settings } = message;
        const variant = variantOf(writer, config, settings);
        this.#used.delete(`${id} ${variant}`);
        return this.#targets.release(id, variant);
      }
      case "items":
        return this.#take(message);
      case "ended":
        this.#givers.delete(message.giver);
        return;
      default:
        return message satisfies never;
    }
  }

  /** The reports of what the thread has taken, and has not handed over. */
  reports(transits: readonly TransitCounts[]): ThreadTargetReport[] {
    return transits.map(({ target, taken, dropped }) => {
      const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
      const here = Math.max(lost, taken - (this.#received.get(target) ?? 0));
      const counts = { ...newTargetCounts(), taken: here, dropped };
      return reportOf(counts, { target, pending: here - lost, spilled: 0, oldest: null, circuit: "closed" });
    });
  }

  /** The thread is gone. */
  end(): void {
    this.#isGone = true;
    for (const { id, writer, config, settings } of this.#used.values())
      this.#targets.release(id, variantOf(writer, config, settings));
    this.#used.clear();
    this.#givers.clear();
  }

  #use(message: Use): void {
    const { id, label, writer, config, secrets } = message;
    for (const secret of secrets) remember(secret);
    const variant = variantOf(writer, config, message.settings);
    const settings = settingsBehindTransit(message.settings, this.#workers);
    this.#targets.open({ id, label, settings }, variant, () => this.#targets.writerOf(writer, config));
    this.#used.set(`${id} ${variant}`, message);
  }

  #take({ id, number, shares }: Extract<Handover, { kind: "items" }>): void {
    const target = this.#targets.find(id);
    if (target !== undefined) {
      const count = shares.reduce((sum, { items }) => sum + items.length, 0);
      this.#received.set(target.name, (this.#received.get(target.name) ?? 0) + count);
    }
    const waiting = shares.flatMap((share) => (target === undefined ? [] : this.#offer(target, share)));
    const admitted = (): void => this.#post({ kind: "admitted", number });
    if (waiting.length === 0) admitted();
    else void Promise.all(waiting).then(admitted);
  }

  #offer(target: Target<unknown>, { giver: of, settlement, items, events, originals }: HandedItems): Promise<void>[] {
    const giver = this.#giverOf(of, settlement);
    const waiting: Promise<void>[] = [];
    for (const [at, rendered] of items.entries()) {
      const original = originals?.[at];
      const item = original === undefined ? rendered : new Letter(rendered, fromCopy(original));
      const place = target.offer(giver, item, items.length > 1 ? 1 : events, weighRendered(rendered), []);
      if (place !== null) waiting.push(place);
    }
    return waiting;
  }

  #giverOf(number: number, settlement: Settlement | undefined): AbsentGiver {
    const known = this.#givers.get(number);
    if (known !== undefined) return known;
    if (settlement === undefined)
      throw new Error(`sink ${number} handed items over without saying where to count them`);
    const giver = new AbsentGiver(number, settlement, this.#post);
    this.#givers.set(number, giver);
    return giver;
  }
}

/** A sink in another thread. */
class AbsentGiver implements Giver<unknown> {
  /** What was handed over is taken, whatever becomes of the sink. */
  readonly isEnded = false;
  readonly #number: number;
  readonly #settlement: Settlement;
  readonly #post: (answer: HandoverAnswer) => void;

  constructor(number: number, settlement: Settlement, post: (answer: HandoverAnswer) => void) {
    this.#number = number;
    this.#settlement = settlement;
    this.#post = post;
  }

  /** It has passed the value on. */
  pass(): void {}

  /** It has counted that. */
  taken(): void {}

  delivered(count: number): void {
    settleDelivered(this.#settlement, count);
  }

  lost(count: number): void {
    settleDropped(this.#settlement, count, "failed");
  }

  dropped(items: readonly unknown[], reason: DropReason, answer: string): void {
    settleDropped(this.#settlement, items.length, reason);
    const originals = items.flatMap((item) => (item instanceof Letter ? [copyOf(item.original)] : []));
    if (originals.length > 0) this.#post({ kind: "returned", giver: this.#number, originals, reason, answer });
  }
}
