import { createServer } from "node:http";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { coerceError } from "../errors.ts";
import type { ReaderBudget } from "../ingest/reader-budget.ts";
import { listening } from "../listening.ts";
import { Access } from "./access.ts";
import { limitConnections } from "./connections.ts";
import { answer } from "./endpoint.ts";
import { endpointsOf } from "./endpoint-table.ts";
import { Metrics } from "./metrics.ts";
import { plain, send } from "./page.ts";
import { Searches } from "./searches.ts";
import { Unread } from "./unread.ts";
import type { DaemonView } from "./view.ts";

export interface HttpOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What `/api/*` asks for; `null`: nothing on this machine, and beyond it nobody gets in unless `isOpen`. */
  readonly token: string | null;
  readonly isOpen: boolean;
  /** Names of this machine, besides those it knows. */
  readonly allowHosts: readonly string[];
  /** Origins whose pages may ask. */
  readonly origins: readonly string[];
  readonly view: DaemonView;
  /** What all readers may have, those over TCP too. */
  readonly budget: ReaderBudget;
  readonly clock: Clock;
  readonly log: Log;
}

export interface HttpServer {
  readonly port: number;
  /** From now on this is the token. */
  renewToken(token: string | null): void;
  /** Closes the port and every connection. */
  stop(): Promise<void>;
}

/** More than any scraper and prober need, few enough to cost nothing. */
const MAX_CONNECTIONS = 256;

/** Maximum time for a request, and between two. Node looks only every `connectionsCheckingInterval`. */
const PATIENCE = {
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};

/**
 * Opens the HTTP listener: health, readiness, metrics, the supervision tree, the index, and what comes by taps.
 *
 * @throws FastTsError `FTS_START` when the port cannot be opened.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, token, isOpen, allowHosts, origins, view, budget, clock, log } = options;
  const server = createServer(PATIENCE);
  limitConnections(server, MAX_CONNECTIONS);
  const target = { protocol: "HTTP", host, port, hostFlag: "--http-host", portFlag: "--http-port", isOptional: true };
  await listening(server, target);
  server.on("error", (error) => log.error("http server failed", { error }));
  const at = server.address();
  const { address, port: opened } = typeof at === "object" && at !== null ? at : { address: host, port };
  const access = new Access(token, { address, isOpen, hosts: [host, ...allowHosts], origins });
  tellWhoGetsIn(access.mode, log);
  const metrics = new Metrics(view);
  const unread = new Unread(budget, clock);
  const searches = new Searches((query) => view.search(query), budget, unread);
  const endpoints = endpointsOf({ view, metrics, searches, unread, budget, clock });
  server.on("request", async (request, response) => {
    request.resume(); // a body says nothing to us
    try {
      const page = await answer(endpoints, access, request, response);
      if (page !== null) send(response, page);
    } catch (thrown) {
      log.error("http page failed", { url: request.url, error: coerceError(thrown) });
      send(response, plain(500, "internal error: see the log"));
    }
  });
  return {
    port: opened,
    renewToken: (renewed) => access.renew(renewed),
    stop() {
      metrics.stop();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections(); // a client that keeps its connection, or reads slowly, does not hold a stop up
      });
    },
  };
}

/** The port can be reached from other machines: the log says so at the start. */
function tellWhoGetsIn(mode: Access["mode"], log: Log): void {
  if (mode === "closed")
    log.warn("the HTTP API answers nobody: other machines reach it and there is no token", {
      pages: "/api/*",
      fix: "--http-token-file FILE or FTS_HTTP_TOKEN; --http-open lets everyone in",
    });
  if (mode === "open")
    log.warn("the HTTP API answers everyone who reaches it", { pages: "/api/*", because: "--http-open" });
}
