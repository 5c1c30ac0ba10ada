import { once } from "node:events";
import type { Server } from "node:net";
import { codeOf, coerceError, FastTsError } from "./errors.ts";

/** Well above Riemann's 50, which agents restarting together overflow (riemann #705). */
const BACKLOG = 511;

/** What is to be opened, and the flags that choose another. */
export interface ListenTarget {
  /** The protocol, as it stands in messages: `TCP`, `HTTP`. */
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly hostFlag: string;
  readonly portFlag: string;
  /** The daemon can do without: the port's flag takes `off`. */
  readonly isOptional?: boolean;
}

/**
 * Resolves once the port is open.
 *
 * @throws FastTsError `FTS_START` when it cannot be opened, with the way out.
 */
export async function listening(server: Server, target: ListenTarget): Promise<void> {
  server.listen({ host: target.host, port: target.port, backlog: BACKLOG });
  try {
    await once(server, "listening");
  } catch (thrown) {
    throw cannotListen(thrown, target);
  }
}

/** The error of a port that cannot be opened: what, where, why, and what to do. */
export function cannotListen(thrown: unknown, target: ListenTarget): FastTsError {
  const { protocol, host, port, hostFlag, portFlag, isOptional } = target;
  const error = coerceError(thrown);
  const code = codeOf(error);
  const what = `cannot listen on ${addressOf(host, port)} (${protocol})`;
  const without = isOptional === true ? `, or none with ${portFlag} off` : "";
  let why = error.message;
  if (code === "EADDRINUSE")
    why = `the port is in use; stop the other program, or choose another port with ${portFlag}${without}`;
  else if (code === "EACCES")
    why = `no permission; ports below 1024 need privileges, choose another with ${portFlag}${without}`;
  else if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN")
    why = `this machine has no such address; choose another with ${hostFlag}`;
  return new FastTsError("FTS_START", `${what}: ${why}`, { cause: error });
}

/** `HOST:PORT`; an IPv6 address in brackets. */
export function addressOf(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
