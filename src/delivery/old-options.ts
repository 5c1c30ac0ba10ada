import type { MessageOptions } from "./options.ts";

/** Options of before under their names of now, and a warning about each that goes with the next release. */
interface Renamed {
  readonly options: MessageOptions;
  readonly warnings: readonly string[];
}

interface OldOptions extends Omit<MessageOptions, "onFull"> {
  readonly capacity?: number;
  readonly onFull?: "drop" | MessageOptions["onFull"];
}

/** `capacity` is `maxEvents`, and `onFull: "drop"` is `"drop-newest"`. */
export function renameOptions(where: string, { capacity, onFull, ...rest }: OldOptions): Renamed {
  const warnings: string[] = [];
  const warn = (old: string, now: string): void =>
    void warnings.push(`${where}: ${old} goes with the next release: write ${now}`);
  if (capacity !== undefined) warn(`capacity: ${capacity}`, `maxEvents: ${capacity}`);
  if (onFull === "drop") warn('onFull: "drop"', 'onFull: "drop-newest"');
  return {
    options: {
      ...rest,
      ...(capacity !== undefined && rest.maxEvents === undefined && { maxEvents: capacity }),
      ...(onFull !== undefined && { onFull: onFull === "drop" ? "drop-newest" : onFull }),
    },
    warnings,
  };
}
