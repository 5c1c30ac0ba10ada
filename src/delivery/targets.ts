import type { Cancel } from "../core/clock.ts";
import type {
  TargetScope,
  TargetSettings,
  TargetSpec,
  TargetsPort,
  TargetWriter,
  WriterKinds,
} from "../core/target-port.ts";
import { FastTsError } from "../errors.ts";
import { LazyWriter } from "./lazy-writer.ts";
import { openingLetters } from "./rendered.ts";
import type { TargetReport } from "./report.ts";
import { Target } from "./target.ts";

interface Entry {
  readonly target: Target<unknown>;
  users: number;
  cancelClosing: Cancel;
}

/** A target that nobody feeds any more is kept open for a while: a reload stops its sinks and starts them again. */
const LINGER_SECONDS = 30;

/** The targets of a thread: one queue each, however many sinks of however many pipelines feed it, over all their runs. */
export class Targets implements TargetsPort {
  readonly #scope: TargetScope;
  readonly #kinds: WriterKinds;
  readonly #entries = new Map<string, Entry>();

  constructor(scope: TargetScope, kinds: WriterKinds) {
    this.#scope = scope;
    this.#kinds = kinds;
  }

  /** The target of a spec, made when it is the first of its id; other settings apply to the same queue. */
  use<Item>(spec: TargetSpec<Item>): Target<unknown> {
    return this.open(spec.id, spec.label, spec.settings, () => this.#writerOf(spec));
  }

  /** The target of an id, made when it is the first; other settings apply to the same queue. */
  open(id: string, label: string, settings: TargetSettings, make: () => TargetWriter<unknown>): Target<unknown> {
    const known = this.#entries.get(id);
    if (known !== undefined) {
      known.users++;
      known.cancelClosing();
      known.target.settings = settings;
      return known.target;
    }
    const target = new Target(label, make(), settings, this.#scope);
    this.#entries.set(id, { target, users: 1, cancelClosing: () => {} });
    return target;
  }

  /** A sink of the target has ended. With the last one the target empties its queue and is closed. */
  release({ id }: { readonly id: string }): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || --entry.users > 0) return;
    entry.cancelClosing = this.#scope.clock.after(LINGER_SECONDS, () => this.#closeWhenEmpty(id, entry));
  }

  reports(): TargetReport[] {
    return [...this.#entries.values()].map(({ target }) => target.report);
  }

  /** Sends all that is held, without waiting for full batches; resolves when nothing is held any more. */
  async flush(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ target }) => target.flush()));
  }

  /** Closes all targets. What they still hold stays counted as pending. */
  close(): void {
    for (const { target, cancelClosing } of this.#entries.values()) {
      cancelClosing();
      target.close();
    }
    this.#entries.clear();
  }

  #writerOf<Item>(spec: TargetSpec<Item>): TargetWriter<unknown> {
    if ("open" in spec) return spec.open(this.#scope);
    const load = this.#kinds[spec.kind];
    if (load === undefined) throw new FastTsError("FTS_STAGE_MISUSE", `there is no writer of the kind ${spec.kind}`);
    const config = spec.config();
    return openingLetters(new LazyWriter(async () => (await load()).open(config, this.#scope)));
  }

  async #closeWhenEmpty(id: string, entry: Entry): Promise<void> {
    await entry.target.flush();
    if (entry.users > 0 || this.#entries.get(id) !== entry) return;
    this.#entries.delete(id);
    entry.target.close();
  }
}
