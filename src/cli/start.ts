import { FastTsError } from "../errors.ts";
import { resolveOptions } from "../resolve-options.ts";
import type { DaemonOptions } from "../settings.ts";
import { tooManyWorkers } from "../system/capacity.ts";
import { clientsWithin, tooFewOpenFiles } from "../system/open-files.ts";
import { stopSignal } from "./stop-signals.ts";

/**
 * `fast-ts start`: runs until SIGTERM or SIGINT, then exits with 0, or with 1 when events were lost or the deadline passed
 * with something undone. A second signal, a second or more after the first, exits with 1 at once. SIGHUP reloads the
 * routes.
 */
export async function startCommand(options: DaemonOptions): Promise<number> {
  // Before the start, which a signal may interrupt too.
  let abandon = async (): Promise<void> => {};
  const signalled = stopSignal(() => void abandon().finally(() => process.exit(1)));
  let isReloadDue = false;
  let reload = (): void => {
    isReloadDue = true;
  };
  process.on("SIGHUP", () => reload());
  const { workers, maxConnections } = resolveOptions(options, process.env);
  const problem = tooManyWorkers(workers) ?? tooFewOpenFiles(workers);
  if (problem !== null) throw new FastTsError("FTS_START", problem);
  const { startAlone } = await import("../daemon.ts");
  const daemon = await startAlone({ ...options, maxConnections: clientsWithin(maxConnections, workers) });
  reload = () => void daemon.reload();
  abandon = () => daemon.abandon();
  if (isReloadDue) reload();
  await signalled;
  const { stuck, lost } = await daemon.stop();
  return stuck.length > 0 || lost > 0 ? 1 : 0;
}
