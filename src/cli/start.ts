import { FastTsError } from "../errors.ts";
import { resolveOptions } from "../resolve-options.ts";
import type { DaemonOptions } from "../settings.ts";
import { tooFewOpenFiles } from "../system/open-files.ts";

/**
 * `fast-ts start`: runs until SIGTERM or SIGINT, then exits with 0, or with 1 when events were lost or the
 * deadline passed with something undone. A second signal exits at once. SIGHUP reloads the routes.
 */
export async function startCommand(options: DaemonOptions): Promise<number> {
  // Before the start, which a signal may interrupt too.
  const signalled = nextSignal();
  let isReloadDue = false;
  let reload = (): void => {
    isReloadDue = true;
  };
  process.on("SIGHUP", () => reload());
  const problem = tooFewOpenFiles(resolveOptions(options, process.env).workers);
  if (problem !== null) throw new FastTsError("FTS_START", problem);
  const { start } = await import("../daemon.ts");
  const daemon = await start(options);
  reload = () => void daemon.reload();
  if (isReloadDue) reload();
  await signalled;
  const { stuck, lost } = await daemon.stop();
  return stuck.length > 0 || lost > 0 ? 1 : 0;
}

function nextSignal(): Promise<void> {
  let isSecond = false;
  return new Promise((resolve) => {
    const onSignal = (): void => {
      if (isSecond) process.exit(1);
      isSecond = true;
      resolve();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
