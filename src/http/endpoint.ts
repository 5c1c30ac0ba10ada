import type { IncomingMessage, ServerResponse } from "node:http";
import type { Access, Guard } from "./access.ts";
import { type Page, plain } from "./page.ts";

/** A page: who may have it, how, and what it is. */
export interface Endpoint {
  readonly method: "GET";
  /** From the root; a last part `NAME` stands for whatever the client writes there. */
  readonly path: string;
  readonly guard: Guard;
  /** Bytes that a request may bring along. */
  readonly maxBodyBytes: number;
  /** It goes on for as long as the client stays: HEAD would have no end. */
  readonly isEndless?: boolean;
  /** `null`: it answers by itself. */
  readonly answer: (request: PageRequest) => Page | null | Promise<Page | null>;
}

/** One request for a page. */
export interface PageRequest {
  readonly parameters: URLSearchParams;
  /** What stands for `NAME`; "" where the path has none. */
  readonly name: string;
  /** The client asks for what is no older than its request. */
  readonly isNew: boolean;
  readonly response: ServerResponse;
}

/** Has the endpoint of a request answer it, or says why not. */
export function answer(
  endpoints: readonly Endpoint[],
  access: Access,
  request: IncomingMessage,
  response: ServerResponse,
): Page | null | Promise<Page | null> {
  if ((request.headersDistinct.host?.length ?? 0) > 1) return plain(400, "more than one Host header: send one");
  const [path = "", ...query] = (request.url ?? "/").split("?");
  const endpoint = endpoints.find((one) => nameIn(one.path, path) !== null);
  if (endpoint === undefined) return plain(404, `not found; there are ${endpoints.map((one) => one.path).join(" ")}`);
  const refusal = access.refusal(endpoint.guard, request);
  if (refusal !== null) return refusal;
  const methods = endpoint.isEndless ? [endpoint.method] : [endpoint.method, "HEAD"];
  const other = access.sharedWith(request.headers);
  if (other !== null) response.setHeader("Access-Control-Allow-Origin", other).setHeader("Vary", "Origin");
  if (other !== null && request.method === "OPTIONS") return preflight(methods);
  if (!methods.some((method) => method === request.method))
    return plain(405, `only ${methods.join(" and ")}`, { Allow: methods.join(", ") });
  if (bodyBytes(request) > endpoint.maxBodyBytes)
    return plain(413, `${path} takes no body: what is asked for stands in the URL`, { Connection: "close" });
  const name = decoded(nameIn(endpoint.path, path) ?? "");
  const isNew = /\bno-cache\b/i.test(request.headers["cache-control"] ?? "");
  return endpoint.answer({ parameters: new URLSearchParams(query.join("?")), name, isNew, response });
}

/** What stands where an endpoint's path has `NAME`; "" when it has none, `null` when the path is another one. */
function nameIn(pattern: string, path: string): string | null {
  if (!pattern.endsWith("/NAME")) return path === pattern ? "" : null;
  const before = pattern.slice(0, -"NAME".length);
  return path.startsWith(before) && path.length > before.length ? path.slice(before.length) : null;
}

/** What a request says that it brings along; without end when it does not say. */
function bodyBytes({ headers }: IncomingMessage): number {
  return headers["transfer-encoding"] === undefined ? Number(headers["content-length"] ?? 0) : Number.POSITIVE_INFINITY;
}

/** Tells a browser that the page of another origin may ask, with a token. */
function preflight(methods: readonly string[]): Page {
  const headers = {
    "Access-Control-Allow-Methods": methods.join(", "),
    "Access-Control-Allow-Headers": "Authorization",
  };
  return { ...plain(204, "", headers), body: "" };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
