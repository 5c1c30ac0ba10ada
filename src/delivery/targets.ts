import type { Cancel } from "../core/clock.ts";
import type { TargetScope, TargetSpec, TargetsPort } from "../core/target-port.ts";
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
  readonly #entries = new Map<string, Entry>();

  constructor(scope: TargetScope) {
    this.#scope = scope;
  }

  /** The target of a spec, made when it is the first of its id; other settings apply to the same queue. */
  use<T>(spec: TargetSpec<T>): Target<T> {
    const known = this.#entries.get(spec.id);
    if (known !== undefined) {
      known.users++;
      known.cancelClosing();
      const target = known.target as unknown as Target<T>;
      target.settings = spec.settings;
      return target;
    }
    const target = new Target<T>(spec, this.#scope);
    const entry = { target: target as unknown as Target<unknown>, users: 1, cancelClosing: () => {} };
    this.#entries.set(spec.id, entry);
    return target;
  }

  /** A sink of the target has ended. With the last one the target empties its queue and is closed. */
  release(id: string): void {
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

  /** Closes all targets. What they still hold is spilled, or stays counted as pending. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    for (const { cancelClosing } of entries) cancelClosing();
    await Promise.all(entries.map(({ target }) => target.close()));
  }

  async #closeWhenEmpty(id: string, entry: Entry): Promise<void> {
    await entry.target.flush();
    if (entry.users > 0 || this.#entries.get(id) !== entry) return;
    this.#entries.delete(id);
    await entry.target.close();
  }
}
