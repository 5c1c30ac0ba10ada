import { type HttpOptions, type HttpServer, startHttp } from "../../src/http/server.ts";
import { aView } from "./view.ts";

const silent = (): void => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** The HTTP listener at a free port, showing a daemon with two pipelines unless told otherwise. */
export function openHttp(options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const access = { token: null, isOpen: false, allowHosts: [], origins: [] };
  return startHttp({ host: "127.0.0.1", port: 0, ...access, view: aView(), log, ...options });
}
