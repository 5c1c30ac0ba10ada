import type { Share, TargetWriter, Verdict } from "../core/target-port.ts";
import { coerceError } from "../errors.ts";
import { DeliveryFailure } from "./failure.ts";

/** A writer whose code is loaded with the first write, or when it is opened. When that fails, the next write tries it again. */
export class LazyWriter implements TargetWriter<unknown> {
  readonly #load: () => Promise<TargetWriter<unknown>>;
  #loading: Promise<TargetWriter<unknown>> | null = null;
  #writer: TargetWriter<unknown> | null = null;
  #isClosed = false;

  constructor(load: () => Promise<TargetWriter<unknown>>) {
    this.#load = load;
  }

  async write(items: readonly unknown[], signal: AbortSignal, shares: readonly Share<unknown>[]): Promise<void> {
    const writer = this.#writer ?? (await this.open());
    await writer.write(items, signal, shares);
  }

  judge(error: Error): Verdict {
    return this.#writer?.judge?.(error) ?? "failed";
  }

  close(): void {
    this.#isClosed = true;
    this.#writer?.close?.();
  }

  async open(): Promise<TargetWriter<unknown>> {
    this.#loading ??= this.#load();
    try {
      this.#writer = await this.#loading;
    } catch (thrown) {
      this.#loading = null;
      const error = coerceError(thrown);
      throw new DeliveryFailure("retry", `cannot load the writer: ${error.message}`, { cause: error });
    }
    if (this.#isClosed) this.#writer.close?.();
    return this.#writer;
  }
}
