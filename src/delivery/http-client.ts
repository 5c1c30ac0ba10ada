import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Clock } from "../core/clock.ts";
import type { Verdict } from "../core/target-port.ts";
import { codeOf, coerceError } from "../errors.ts";
import { answered } from "./answers.ts";
import { DeliveryFailure } from "./failure.ts";
import { proxyFor, tunnelAgent } from "./http-proxy.ts";
import { retryAfter } from "./retry-after.ts";
import { type TlsFiles, TlsMaterial } from "./tls-material.ts";

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, as far as it was read. */
  readonly bytes: Buffer;
  readonly text: string;
}

export interface HttpClientOptions {
  readonly clock: Clock;
  /** Seconds until a connection must stand. @default 10 */
  readonly connectTimeout?: number;
  readonly tls?: TlsFiles;
  /** The most connections. */
  readonly connections: number;
  /** The most bytes of an answer that are read; the rest is thrown away. @default 64 KiB */
  readonly maxAnswer?: number;
}

const MAX_ANSWER_BYTES = 64 * 1024;
/** What comes beyond the answer is thrown away, to keep the connection; with more the connection ends. */
const MAX_REST_BYTES = 1024 * 1024;

/**
 * Requests to one target over connections that are kept. Follows no redirect: a target that moved is for its operator to
 * change, and a credential must not go elsewhere. Honours `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`.
 */
export class HttpClient {
  readonly #url: URL;
  readonly #clock: Clock;
  readonly #connectTimeout: number;
  readonly #maxAnswer: number;
  readonly #tls: TlsMaterial;
  readonly #agent: HttpAgent | HttpsAgent;
  /** The target's proxy for a plain request; a secure one goes through a tunnel that the agent makes. */
  readonly #plainProxy: URL | null;

  constructor(url: URL, options: HttpClientOptions) {
    this.#url = url;
    this.#clock = options.clock;
    this.#connectTimeout = options.connectTimeout ?? 10;
    this.#maxAnswer = options.maxAnswer ?? MAX_ANSWER_BYTES;
    this.#tls = new TlsMaterial(options.tls ?? {});
    const proxy = proxyFor(url, process.env);
    const kept = { keepAlive: true, maxSockets: options.connections, maxFreeSockets: options.connections };
    const isSecure = url.protocol === "https:";
    this.#plainProxy = isSecure ? null : proxy;
    if (isSecure) this.#agent = proxy === null ? new HttpsAgent(kept) : tunnelAgent(proxy, kept);
    else this.#agent = new HttpAgent(kept);
  }

  /**
   * Resolves with the answer, whatever its status.
   *
   * @throws DeliveryFailure with `"retry"` when there is none.
   */
  async send(to: string | URL, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const url = new URL(to, this.#url);
    try {
      return await this.#exchange(url, request, signal);
    } catch (thrown) {
      const error = coerceError(thrown);
      const code = codeOf(error);
      const verdict: Verdict = isForGood(code) ? "failed" : "retry";
      const words = error.message.includes(code) ? error.message : `${code}: ${error.message}`;
      throw new DeliveryFailure(verdict, `${url.host}: ${words}`, { cause: error });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(url: URL, { method, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const proxy = this.#plainProxy;
    const options: RequestOptions = {
      agent: this.#agent,
      method,
      headers: { "user-agent": "fast-ts", ...headers, "content-length": String(Buffer.byteLength(body)) },
      signal,
      ...this.#tls.read(),
      ...(proxy !== null && { host: proxy.hostname, port: proxy.port || 80, path: url.href, setHost: false }),
    };
    if (proxy !== null) Object.assign(options.headers ?? {}, { host: url.host });
    return new Promise((resolve, reject) => {
      const received = (answer: IncomingMessage): void => {
        this.#read(answer).then(resolve, reject);
      };
      const make = url.protocol === "https:" ? httpsRequest : httpRequest;
      const sent = proxy === null ? make(url, options, received) : httpRequest(options, received);
      sent.on("error", reject);
      sent.on("socket", (socket) => {
        if (!socket.connecting) return;
        const cancel = this.#clock.after(this.#connectTimeout, () =>
          sent.destroy(new Error(`no connection within ${this.#connectTimeout} s`)),
        );
        socket.once(url.protocol === "https:" ? "secureConnect" : "connect", cancel);
        socket.once("close", cancel);
      });
      sent.end(body);
    });
  }

  async #read(answer: IncomingMessage): Promise<HttpAnswer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) continue;
      if (length < this.#maxAnswer) chunks.push(chunk.subarray(0, this.#maxAnswer - length));
      length += chunk.length;
      if (length > this.#maxAnswer + MAX_REST_BYTES) break;
    }
    const bytes = Buffer.concat(chunks);
    const { statusCode: status = 0, headers } = answer;
    const text = bytes.toString("utf8");
    answered(status, text);
    return { status, headers, bytes, text };
  }
}

/** Statuses that say "later": timeout, too early, too many requests, and the server's own trouble. */
export function isLater(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** The value of a header that stands once. */
export function headerOf(answer: HttpAnswer, name: string): string {
  const value = answer.headers[name];
  return Array.isArray(value) ? (value[0] ?? "") : (value ?? "");
}

/**
 * What an answer other than 2xx means, unless a sink knows better. 401 and 403 are about the credential: no part of the
 * request would fare better.
 *
 * @param now - Unix seconds, for a `Retry-After` that is a date.
 */
export function failureOfAnswer(target: string, answer: HttpAnswer, now: number): DeliveryFailure {
  const { status, text } = answer;
  const isDenied = status === 401 || status === 403;
  const verdict = isLater(status) ? "retry" : isDenied ? "failed" : "refused";
  const why = isDenied ? ": it does not accept the credential" : "";
  const moved = status >= 300 && status < 400 ? `, redirects are not followed: ${headerOf(answer, "location")}` : "";
  return new DeliveryFailure(verdict, `${target} answered ${status}${why}${moved}`, {
    retryAfter: retryAfter(headerOf(answer, "retry-after"), now),
    answer: text.trim(),
  });
}

export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

/** Errors that another try does not mend: a request that cannot be made at all. */
function isForGood(code: string): boolean {
  return code.startsWith("ERR_INVALID_") || code.startsWith("ERR_UNESCAPED_") || code.startsWith("ERR_HTTP_INVALID_");
}
