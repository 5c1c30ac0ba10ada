import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host`, `host:port` or `[address]:port`.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when it is none.
 */
export function checkHostPort(sink: string, target: unknown, defaultPort: number): HostPort {
  const text = typeof target === "string" ? target : "";
  const [, bracketed, bare, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? bare ?? "";
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host !== "" && port >= 1 && port <= 65_535) return { host, port };
  throw new FastTsError(
    "FTS_STAGE_OPTION",
    `${sink}(target): must be an address such as "${sink}.example.com:${defaultPort}", got ${show(target)}`,
  );
}
