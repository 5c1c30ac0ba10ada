import { fromCopy } from "../core/event-copy.ts";
import type {
  SinkBooks,
  TargetPort,
  TargetScope,
  TargetSettings,
  TargetSpec,
  TargetsPort,
} from "../core/target-port.ts";
import { transitSettings } from "./divided-bounds.ts";
import type { Handover, HandoverAnswer, TransitCounts } from "./handover.ts";
import { HandoverSink } from "./handover-sink.ts";
import type { ThreadTargetReport } from "./report.ts";
import { knownSecrets } from "./secret-mask.ts";
import { type Targets, variantOf } from "./targets.ts";
import { Transit } from "./transit.ts";

export interface HandoverOptions {
  readonly scope: TargetScope;
  /** Threads that share the bounds of a target. */
  readonly workers: number;
  post(message: Handover): void;
}

/** The targets of a worker: those that have a writer in each, and the way to those that have one in the process. */
export class HandoverTargets implements TargetsPort {
  readonly #here: Targets;
  readonly #options: HandoverOptions;
  readonly #transits = new Map<string, Transit>();
  readonly #sinks = new Map<number, HandoverSink>();
  readonly #admitted = new Map<number, () => void>();
  #sinkNumber = 0;
  #messageNumber = 0;

  /** @param here - Those that have a writer in each worker. */
  constructor(here: Targets, options: HandoverOptions) {
    this.#here = here;
    this.#options = options;
  }

  use<Item>(spec: TargetSpec<Item>, books: SinkBooks): TargetPort {
    if ("open" in spec) return this.#here.use(spec, books);
    const { id, label, settings, kind } = spec;
    const use = { id, label, settings, writer: kind, config: spec.config() };
    const transit = this.#transitOf(id, label, transitSettings(settings, this.#options.workers));
    const variant = variantOf(kind, use.config, settings);
    const users = transit.users.get(variant) ?? 0;
    transit.users.set(variant, users + 1);
    if (users === 0) this.#options.post({ kind: "use", ...use, secrets: knownSecrets() });
    const sink: HandoverSink = new HandoverSink(this.#sinkNumber++, books, () => {
      this.#sinks.delete(sink.number);
      this.#options.post({ kind: "ended", giver: sink.number });
      transit.users.set(variant, (transit.users.get(variant) ?? 1) - 1);
      if (transit.users.get(variant) !== 0) return;
      transit.users.delete(variant);
      this.#options.post({ kind: "release", ...use });
    });
    this.#sinks.set(sink.number, sink);
    return {
      offer: (item, events, bytes, value) => transit.queue.offer(sink, item, events, bytes, value),
      refuse: (value, why) => transit.queue.refuse(sink, value, why),
      release: () => sink.release(),
    };
  }

  /** What the thread of the writers answers. */
  receive(answer: HandoverAnswer): void {
    if (answer.kind === "admitted") {
      this.#admitted.get(answer.number)?.();
      this.#admitted.delete(answer.number);
      return;
    }
    const { giver, originals, reason, answer: words } = answer;
    this.#sinks.get(giver)?.books.returned(originals.map(fromCopy), reason, words);
  }

  reports(): ThreadTargetReport[] {
    return [...this.#here.reports(), ...[...this.#transits.values()].map(({ queue }) => queue.report)];
  }

  /** What was taken for targets elsewhere. */
  transits(): TransitCounts[] {
    return [...this.#transits.values()].map(({ counts }) => counts);
  }

  /** The reports of targets that have a writer here. */
  own(): ThreadTargetReport[] {
    return this.#here.reports();
  }

  /** As {@link Targets.isSafe}: of targets elsewhere, whether it was handed over. */
  isSafe(until: number): boolean {
    return this.#here.isSafe(until) && [...this.#transits.values()].every(({ queue }) => queue.isSafe(until));
  }

  /** Sends, and hands over, all that is held; resolves when that is done, as far as `Targets.finish` waits for it. */
  async finish(): Promise<void> {
    const queues = [...this.#transits.values()].map(({ queue }) => queue.flush());
    await Promise.all([this.#here.finish(), ...queues]);
  }

  /** The thread ends: what it has taken for targets elsewhere is handed over before this returns. */
  end(): void {
    for (const transit of this.#transits.values()) transit.end();
  }

  async close(): Promise<void> {
    const queues = [...this.#transits.values()].map(({ queue }) => queue.close());
    await Promise.all([this.#here.close(), ...queues]);
  }

  #transitOf(id: string, label: string, settings: TargetSettings): Transit {
    const known = this.#transits.get(id);
    if (known !== undefined) {
      known.queue.settings = settings;
      return known;
    }
    const transit = new Transit(label, settings, this.#options.scope, (shares) => {
      const number = this.#messageNumber++;
      this.#options.post({ kind: "items", number, id, shares });
      return new Promise((resolve) => this.#admitted.set(number, resolve));
    });
    this.#transits.set(id, transit);
    return transit;
  }
}
