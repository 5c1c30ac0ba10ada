import { isIPv6 } from "node:net";
import { FastTsError } from "../errors.ts";
import { readOption } from "../resolve-options.ts";

/** Where a Riemann server is. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** `host`, `host:port`, `[::1]:port`. */
const ADDRESS = /^(?:\[(?<ip6>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d+))?$/;

/**
 * Where a server is.
 *
 * @param command - Begins the message.
 * @param server - HOST:PORT, or HOST alone.
 * @param flag - The value of `--port`; without it, and without a port in `server`, that of `FTS_PORT` or 5555.
 * @throws FastTsError `FTS_OPTION` when it is no address, or the port is given twice.
 */
export function serverAddress(command: string, server: string, flag: string | undefined): ServerAddress {
  const { ip6, name = "", port } = ADDRESS.exec(server)?.groups ?? {};
  const host = ip6 ?? name;
  if (host === "" || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
    const isBare = isIPv6(server.replace(/:\d+$/, "")) || isIPv6(server);
    const hint = isBare ? ", an IPv6 address in brackets: [::1]:5555" : "";
    throw wrong(command, `the server must be HOST:PORT${hint}, got ${JSON.stringify(server)}`);
  }
  if (port !== undefined && flag !== undefined)
    throw wrong(command, `the port is given twice, in ${JSON.stringify(server)} and with --port ${flag}`);
  if (port !== undefined) return { host, port: Number(port) };
  const chosen = readOption("port", flag, process.env);
  if (chosen === 0) throw wrong(command, "the port must be a whole number from 1 to 65535, got 0");
  return { host, port: chosen };
}

function wrong(command: string, message: string): FastTsError {
  return new FastTsError("FTS_OPTION", `${command}: ${message}`);
}
