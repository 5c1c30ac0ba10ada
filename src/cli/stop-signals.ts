import { monotonic } from "../core/clock.ts";

/** `npm start` passes on the signal of a Ctrl-C that the terminal has sent to the process already. */
const ECHO_SECONDS = 1;

/**
 * Resolves at the first SIGTERM or SIGINT. Later ones call `again`: whoever sends them does not want to wait. The echo of
 * the first is none of them.
 */
export function stopSignal(again: () => void): Promise<void> {
  let first: number | null = null;
  return new Promise((resolve) => {
    const onSignal = (): void => {
      if (first === null) {
        first = monotonic();
        resolve();
      } else if (monotonic() - first >= ECHO_SECONDS) again();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
