import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { Repeats } from "../core/repeats.ts";
import { codeOf } from "../errors.ts";

/** The same warning is logged once in this time. */
const QUIET_SECONDS = 60;

/**
 * Has what Node warns of in this thread logged: Node itself writes text. Where it was told not to, nobody does. Returns the
 * log.
 */
export function logWarnings(log: Log, clock: Clock): Log {
  if (process.listenerCount("warning") === 0) return log;
  process.removeAllListeners("warning");
  const repeats = new Repeats(clock, QUIET_SECONDS);
  process.on("warning", (warning) => {
    const code = codeOf(warning);
    // Of what differs in its numbers alone, as in counts and ports, one is enough.
    const more = repeats.pass(`${warning.name} ${code} ${warning.message.replace(/\d+/g, "0")}`);
    if (more === null) return;
    const detail = "detail" in warning && typeof warning.detail === "string" ? warning.detail : "";
    log.warn("Node warns", {
      name: warning.name,
      ...(code !== "" && { code }),
      warning: detail === "" ? warning.message : `${warning.message}\n${detail}`,
      ...(more > 0 && { more }),
    });
  });
  return log;
}
