import { type HttpOptions, type HttpServer, startHttp } from "../../src/http/server.ts";
import { ReaderBudget } from "../../src/ingest/reader-budget.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { aView } from "./view.ts";

const silent = (): void => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** The HTTP listener at a free port, showing a daemon with two pipelines unless told otherwise. */
export function openHttp(options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const clock = new VirtualClock();
  const basic = { token: null, isOpen: false, allowHosts: [], origins: [], budget: new ReaderBudget() };
  return startHttp({ host: "127.0.0.1", port: 0, ...basic, clock, view: aView(), log, ...options });
}
