import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Log } from "../core/log.ts";
import { coerceError } from "../errors.ts";
import { listening } from "../listening.ts";
import type { Answer } from "../runtime/report.ts";
import { limitConnections } from "./connections.ts";
import { METRICS_TYPE, Metrics } from "./metrics.ts";
import { Searches } from "./searches.ts";
import { streamTap } from "./tap-stream.ts";
import type { DaemonView } from "./view.ts";

export interface HttpOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly view: DaemonView;
  readonly log: Log;
}

export interface HttpServer {
  readonly port: number;
  /** Closes the port and every connection. */
  stop(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** More than any scraper and prober need, few enough to cost nothing. */
const MAX_CONNECTIONS = 256;

/** A client has so long for a request, and between two. Node looks only every `connectionsCheckingInterval`. */
const PATIENCE = {
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};

/**
 * Opens the HTTP listener: health, readiness, metrics, the supervision tree, and what comes by taps.
 *
 * @throws FastTsError `FTS_START` when the port cannot be opened.
 */
export async function startHttp({ host, port, view, log }: HttpOptions): Promise<HttpServer> {
  const metrics = new Metrics(view);
  const server = createServer(PATIENCE, (request, response) => {
    request.resume(); // a body says nothing to us
    const tap = tapOf(request, view);
    if (tap !== null) return streamTap(response, (listener) => view.listen(tap, listener));
    answer(pages, request.url ?? "/", response).then(
      (page) => send(response, page),
      (thrown) => {
        log.error("http page failed", { url: request.url, error: coerceError(thrown) });
        send(response, plain(500, "internal error: see the log"));
      },
    );
  });
  limitConnections(server, MAX_CONNECTIONS);
  const pages = pagesOf(view, metrics, new Searches(server, (query) => view.search(query)));
  const target = { protocol: "HTTP", host, port, hostFlag: "--http-host", portFlag: "--http-port", isOptional: true };
  await listening(server, target).catch((thrown) => {
    metrics.stop();
    throw thrown;
  });
  server.on("error", (error) => log.error("http server failed", { error }));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    stop() {
      metrics.stop();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections(); // a client that keeps its connection, or reads slowly, does not hold a stop up
      });
    },
  };
}

type Pages = Readonly<Record<string, (parameters: URLSearchParams, response: ServerResponse) => Page | Promise<Page>>>;

function pagesOf(view: DaemonView, metrics: Metrics, searches: Searches): Pages {
  return {
    "/healthz": () => plain(200, "ok"),
    "/readyz": () => {
      const readiness = view.readiness();
      const pipelines = view.pipelines().map(({ name, state }) => ({ name, state }));
      return json(readiness.ready ? 200 : 503, { ...readiness, pipelines, reloads: view.reloads() });
    },
    "/metrics": async () => ({ status: 200, type: METRICS_TYPE, body: await metrics.exposition() }),
    "/api/pipelines": () =>
      json(200, { workers: view.workers(), reloads: view.reloads(), pipelines: view.pipelines() }),
    "/api/index": async (parameters, response) => {
      const unknown = [...parameters.keys()].find((name) => name !== "query");
      // A slip in the name would give the whole index.
      if (unknown !== undefined) return plain(400, `there is no parameter ${JSON.stringify(unknown)}; it takes query`);
      return found(await searches.answer(parameters.get("query") ?? "true", response));
    },
    "/api/taps": () => json(200, { taps: view.taps() }),
  };
}

/** The tap that is asked for with `/api/taps/NAME`, when there is one. */
function tapOf({ method, url = "" }: IncomingMessage, view: DaemonView): string | null {
  const name = url.split("?", 1)[0]?.match(/^\/api\/taps\/(.+)$/)?.[1];
  if (method !== "GET" || name === undefined) return null;
  return view.taps().find((tap) => tap.name === decoded(name))?.name ?? null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function answer(pages: Pages, url: string, response: ServerResponse): Promise<Page> {
  const { method } = response.req;
  const [path = "", ...parameters] = url.split("?");
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return plain(404, `not found; there are ${Object.keys(pages).join(" ")} /api/taps/NAME`);
  if (method !== "GET" && method !== "HEAD") return plain(405, "only GET and HEAD");
  return page(new URLSearchParams(parameters.join("?")), response);
}

function found(answer: Answer): Page {
  if (answer.kind === "found") return { status: 200, type: "application/x-ndjson", body: answer.bytes };
  const { kind, error } = answer;
  if (kind === "none") return plain(404, "no route has an index()");
  return plain(kind === "wrong" ? 400 : 503, error);
}

/** Node leaves the body out by itself where the request was HEAD. */
function send(response: ServerResponse, { status, type, body }: Page): void {
  const allow = status === 405 ? { Allow: "GET, HEAD" } : {};
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  response.writeHead(status, { "Content-Type": type, "Content-Length": length, "Cache-Control": "no-store", ...allow });
  response.end(body);
}

function plain(status: number, text: string): Page {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}

function json(status: number, value: unknown): Page {
  return { status, type: "application/json", body: `${JSON.stringify(value, null, 2)}\n` };
}
