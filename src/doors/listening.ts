import type { Server } from "node:net";
import { coerceError, FastTsError } from "../errors.ts";

/** Well above Riemann's 50, which agents restarting together overflow (riemann #705). */
const BACKLOG = 511;

/**
 * Resolves once the port is open.
 *
 * @throws FastTsError `FTS_START` when it cannot be opened, with the way out.
 */
export function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(new FastTsError("FTS_START", startMessage(error, host, port), { cause: error })),
    );
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function startMessage(thrown: unknown, host: string, port: number): string {
  const error = coerceError(thrown);
  const code = "code" in error ? error.code : "";
  const what = `cannot listen on ${host}:${port}`;
  if (code === "EADDRINUSE")
    return `${what}: the port is in use; stop the other program, or choose another with --port`;
  if (code === "EACCES") return `${what}: no permission; ports below 1024 need privileges, choose another with --port`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `${what}: this machine has no such address; choose another with --host`;
  return `${what}: ${error.message}`;
}
