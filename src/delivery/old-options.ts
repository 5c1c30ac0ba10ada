import { FastTsError } from "../errors.ts";
import type { MessageOptions } from "./options.ts";

/** Old options under their new names, and a warning about each: they go with the next release. */
interface Renamed {
  readonly options: MessageOptions;
  readonly warnings: readonly string[];
}

interface OldOptions extends Omit<MessageOptions, "batch" | "onFull"> {
  readonly capacity?: number;
  readonly batch?: MessageOptions["batch"] | number;
  readonly onFull?: MessageOptions["onFull"] | "drop";
}

/** Names that work in this release. */
export const OLD_OPTIONS = ["capacity"] as const;

/**
 * `capacity` is `maxEvents`, `batch: 10` is `batch: { events: 10 }`, and `onFull: "drop"` is `"drop-newest"`.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when there is a `tries`, `backoff` or `maxBackoff`, which nothing replaces.
 */
export function renameOptions(where: string, { capacity, batch, onFull, ...rest }: OldOptions): Renamed {
  for (const gone of ["tries", "backoff", "maxBackoff"])
    if (gone in rest)
      throw new FastTsError(
        "FTS_STAGE_OPTION",
        `${where}(${gone}): is gone: retryFor says for how many seconds events are tried again, by default a day, after ` +
          "pauses that grow to 3 s",
      );
  const warnings: string[] = [];
  const warn = (old: string, now: string): void =>
    void warnings.push(`${where}: ${old} goes with the next release: write ${now}`);
  if (capacity !== undefined) warn(`capacity: ${capacity}`, `maxEvents: ${capacity}`);
  if (typeof batch === "number") warn(`batch: ${batch}`, `batch: { events: ${batch} }`);
  if (onFull === "drop") warn('onFull: "drop"', 'onFull: "drop-newest"');
  return {
    options: {
      ...rest,
      ...(capacity !== undefined && rest.maxEvents === undefined && { maxEvents: capacity }),
      ...(batch !== undefined && { batch: typeof batch === "number" ? { events: batch } : batch }),
      ...(onFull !== undefined && { onFull: onFull === "drop" ? "drop-newest" : onFull }),
    },
    warnings,
  };
}
