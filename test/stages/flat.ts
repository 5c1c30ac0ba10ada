import { stage } from "../../src/core/stage.ts";

/** Lists, of whatever, as events. */
export const flat = stage(
  "flat",
  ({ emit }) => {
    const each = (value: unknown): void => {
      if (Array.isArray(value)) for (const one of value) each(one);
      else if (value !== null) emit(value as never);
    };
    return each;
  },
  { takes: "anything", memory: 0, changes: [] },
);
