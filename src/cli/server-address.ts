import { isIPv6 } from "node:net";
import { FastTsError } from "../errors.ts";

/** `host`, `host:port`, `[::1]:port`. */
const ADDRESS = /^(?:\[(?<ip6>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d+))?$/;

/** Where a server is; `command` begins the message. @throws FastTsError `FTS_OPTION` when it is no address. */
export function serverAddress(command: string, server: string): { readonly host: string; readonly port: number } {
  const { ip6, name = "", port = "5555" } = ADDRESS.exec(server)?.groups ?? {};
  const host = ip6 ?? name;
  if (host !== "" && Number(port) > 0 && Number(port) < 65_536) return { host, port: Number(port) };
  const hint = isIPv6(server.replace(/:\d+$/, "")) || isIPv6(server) ? ", an IPv6 address in brackets: [::1]:5555" : "";
  throw new FastTsError("FTS_OPTION", `${command}: the server must be HOST:PORT${hint}, got ${JSON.stringify(server)}`);
}
