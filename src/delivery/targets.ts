import type { Cancel } from "../core/clock.ts";
import type { EventOrList } from "../core/event-list.ts";
import type {
  SinkBooks,
  TargetIdentity,
  TargetPort,
  TargetScope,
  TargetSettings,
  TargetSpec,
  TargetsPort,
  TargetWriter,
  WriterKinds,
} from "../core/target-port.ts";
import { FastTsError } from "../errors.ts";
import { dividedSettings } from "./divided-bounds.ts";
import { LazyWriter } from "./lazy-writer.ts";
import { openingLetters } from "./rendered.ts";
import { ReplaceableWriter } from "./replaceable-writer.ts";
import type { ThreadTargetReport } from "./report.ts";
import { Target } from "./target.ts";
import { closeMemories } from "./writer-memory.ts";

/** A way in which sinks have a target written to. */
interface Variant {
  /** Kept until it is its turn. */
  readonly writer: TargetWriter<unknown>;
  users: number;
}

interface Entry {
  readonly target: Target<unknown>;
  readonly writer: ReplaceableWriter;
  /** By what tells them apart; the newest is the last. */
  readonly variants: Map<unknown, Variant>;
  current: unknown;
  cancelClosing: Cancel;
}

/** A target that nobody feeds any more is kept open for a while: a reload stops its sinks and starts them again. */
const LINGER_SECONDS = 30;

/**
 * The targets of a thread: one queue each, however many sinks of however many pipelines feed it, over all their runs. When
 * sinks of the same target differ, it is written to as the oldest one that still runs has it.
 */
export class Targets implements TargetsPort {
  readonly #scope: TargetScope;
  readonly #kinds: WriterKinds;
  readonly #workers: number;
  readonly #entries = new Map<string, Entry>();

  /** @param workers - Threads that share the bounds of a target that has a writer in each. */
  constructor(scope: TargetScope, kinds: WriterKinds, workers = 1) {
    this.#scope = scope;
    this.#kinds = kinds;
    this.#workers = workers;
  }

  use<Item>(spec: TargetSpec<Item>, books: SinkBooks): TargetPort {
    if ("open" in spec) {
      const { id, label, isOwn = false } = spec;
      const settings = isOwn ? spec.settings : dividedSettings(spec.settings, this.#workers);
      return this.#port({ id, label, settings }, spec, () => spec.open(this.#scope), books);
    }
    const config = spec.config();
    const variant = variantOf(spec.kind, config, spec.settings);
    return this.#port(spec, variant, () => this.writerOf(spec.kind, config), books);
  }

  /**
   * The target of an id, made when it is the first; other settings apply to the same queue.
   *
   * @param variant - What tells apart the ways in which it is written to.
   * @throws FastTsError when there is no such writer, or it cannot be made.
   */
  open(identity: TargetIdentity, variant: unknown, make: () => TargetWriter<unknown>): Target<unknown> {
    const entry = this.#entries.get(identity.id) ?? this.#add(identity, variant, make());
    const known = entry.variants.get(variant);
    if (known === undefined) entry.variants.set(variant, { writer: make(), users: 1 });
    else known.users++;
    entry.cancelClosing();
    entry.target.settings = identity.settings;
    this.#choose(entry);
    return entry.target;
  }

  find(id: string): Target<unknown> | undefined {
    return this.#entries.get(id)?.target;
  }

  /** A sink of the target has ended. With the last one the target empties its queue and is closed. */
  release(id: string, variant: unknown): void {
    const entry = this.#entries.get(id);
    const used = entry?.variants.get(variant);
    if (entry === undefined || used === undefined) return;
    used.users--;
    if (used.users === 0 && variant !== entry.current) {
      entry.variants.delete(variant);
      used.writer.close?.();
    }
    this.#choose(entry);
    if (usersOf(entry) > 0) return;
    entry.cancelClosing();
    entry.cancelClosing = this.#scope.clock.after(LINGER_SECONDS, () => this.#closeWhenEmpty(id, entry));
  }

  /** The writer of a kind. */
  writerOf(kind: string, config: unknown): TargetWriter<unknown> {
    const load = this.#kinds[kind];
    if (load === undefined) throw new FastTsError("FTS_STAGE_MISUSE", `there is no writer of the kind ${kind}`);
    const writer = new LazyWriter(async () => (await load()).open(config, this.#scope));
    if (load.isEager) void writer.open().catch(() => {}); // the first write tries it again, and says so
    return openingLetters(writer);
  }

  reports(): ThreadTargetReport[] {
    return [...this.#entries.values()].map(({ target }) => target.report);
  }

  /** Whether all that was taken until then, by `elapsed`, is settled or outlives the process. */
  isSafe(until: number): boolean {
    return [...this.#entries.values()].every(({ target }) => target.isSafe(until));
  }

  /**
   * Sends all that is held, without waiting for full batches; resolves when nothing is held any more but what outlives the
   * process, of targets that fail.
   */
  async finish(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ target }) => target.finish()));
  }

  /** Closes all targets. What they still hold is spilled, or stays counted as pending. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    for (const { cancelClosing } of entries) cancelClosing();
    await Promise.all(entries.map(({ target }) => target.close()));
    await closeMemories(this.#scope);
  }

  #port(identity: TargetIdentity, variant: unknown, make: () => TargetWriter<unknown>, books: SinkBooks): TargetPort {
    const target = this.open(identity, variant, make);
    return {
      offer: (item: unknown, events: number, bytes: number, value: EventOrList) =>
        target.offer(books, item, events, bytes, value),
      refuse: (value: EventOrList, why: string) => target.refuse(books, value, why),
      release: () => this.release(identity.id, variant),
    };
  }

  #add({ id, label, settings }: TargetIdentity, variant: unknown, made: TargetWriter<unknown>): Entry {
    const writer = new ReplaceableWriter(made);
    const target = new Target<unknown>({ id, label, settings }, writer, this.#scope);
    const variants = new Map([[variant, { writer: made, users: 0 }]]);
    const entry = { target, writer, variants, current: variant, cancelClosing: () => {} };
    this.#entries.set(id, entry);
    return entry;
  }

  /** Has the target written to as the oldest of its sinks that run has it. */
  #choose(entry: Entry): void {
    const { variants, writer, current } = entry;
    if (variants.get(current)?.users !== 0 || variants.size === 1) return;
    variants.delete(current);
    const [next] = variants;
    if (next === undefined) return;
    entry.current = next[0];
    writer.replace(next[1].writer);
  }

  async #closeWhenEmpty(id: string, entry: Entry): Promise<void> {
    const { cancelClosing } = entry;
    await entry.target.flush();
    // A sink may have come meanwhile, and even have ended, with what it gave still to be sent.
    if (usersOf(entry) > 0 || entry.cancelClosing !== cancelClosing || this.#entries.get(id) !== entry) return;
    this.#entries.delete(id);
    await entry.target.close();
  }
}

/** What tells apart the ways in which the writer of a kind has a target written to. */
export function variantOf(kind: string, config: unknown, settings: TargetSettings): string {
  return `${kind} ${JSON.stringify([config, settings])}`;
}

function usersOf({ variants }: Entry): number {
  let users = 0;
  for (const variant of variants.values()) users += variant.users;
  return users;
}
