import type { Share, TargetWriter, Verdict } from "../core/target-port.ts";

interface Used {
  readonly writer: TargetWriter<unknown>;
  underWay: number;
}

/** The writer of a target, which others may take the place of: each is closed when its last write is over. */
export class ReplaceableWriter implements TargetWriter<unknown> {
  #now: Used;

  constructor(writer: TargetWriter<unknown>) {
    this.#now = { writer, underWay: 0 };
  }

  replace(writer: TargetWriter<unknown>): void {
    const before = this.#now;
    this.#now = { writer, underWay: 0 };
    if (before.underWay === 0) before.writer.close?.();
  }

  async write(items: readonly unknown[], signal: AbortSignal, shares: readonly Share<unknown>[]): Promise<void> {
    const used = this.#now;
    used.underWay++;
    try {
      await used.writer.write(items, signal, shares);
    } finally {
      used.underWay--;
      if (used !== this.#now && used.underWay === 0) used.writer.close?.();
    }
  }

  judge(error: Error): Verdict {
    return this.#now.writer.judge?.(error) ?? "failed";
  }

  close(): void {
    this.#now.writer.close?.();
  }
}
