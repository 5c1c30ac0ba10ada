import type { Clock } from "../core/clock.ts";
import type { Rendered } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { failureOfAnswer, type HttpAnswer, HttpClient, isSuccess } from "../delivery/http-client.ts";
import { remember } from "../delivery/secret-mask.ts";
import type { TlsFiles } from "../delivery/tls-material.ts";
import { shownUrl } from "./url.ts";

/** Where messages to people are posted: what each of their writers is made of. */
export interface PostConfig {
  /** What logs call the target. */
  readonly label: string;
  /** The URL, which may be a credential. */
  readonly url: string;
  /** Further credentials, to be masked in what the target answers. */
  readonly hidden: readonly string[];
  readonly connections: number;
  readonly tls: TlsFiles;
}

/** One request. */
export interface Post {
  readonly url: string;
  /** @default "POST" */
  readonly method?: "PATCH";
  /** @default none but `content-type: application/json` */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The headers of a request, all of them. */
function headersOf({ headers }: Post): Readonly<Record<string, string>> {
  return { "content-type": "application/json", ...headers };
}

/** A request as tests and replay show it. @param target - The URL or the secret that it is made for */
export function renderedPost(post: Post, target: string): Rendered {
  return { to: `${post.method ?? "POST"} ${shownUrl(post.url, target)}`, headers: headersOf(post), body: post.body };
}

/** Seconds to wait, from the body of an answer that says "later". */
export type RetryAfterIn = (answer: Readonly<Record<string, unknown>>) => unknown;

/** What differs from target to target; a field left out has its default. */
export interface PosterOptions {
  /** @default the header alone says so */
  readonly retryAfterIn?: RetryAfterIn | undefined;
  /** A target that says it is gone is not asked again for so many seconds: some ban those who do. @default 0 */
  readonly goneFor?: number;
}

/** Posts to the web server of a chat or a pager. */
export class Poster {
  readonly #config: PostConfig;
  readonly #clock: Clock;
  readonly #options: PosterOptions;
  readonly #client: HttpClient;
  #gone: { readonly until: number; readonly failure: DeliveryFailure } | null = null;

  constructor(config: PostConfig, clock: Clock, options: PosterOptions = {}) {
    for (const hidden of config.hidden) for (const part of partsOf(hidden)) remember(part);
    this.#config = config;
    this.#clock = clock;
    this.#options = options;
    this.#client = new HttpClient(new URL(config.url), { clock, connections: config.connections, tls: config.tls });
  }

  /**
   * @throws DeliveryFailure unless the answer is 2xx: 408, 425, 429 and 5xx are tried again, when the answer says so.
   */
  async post(post: Post, signal: AbortSignal): Promise<HttpAnswer> {
    const { label } = this.#config;
    if (this.#gone !== null && this.#clock.elapsed() < this.#gone.until) throw this.#gone.failure;
    const { url, method = "POST", body } = post;
    const answer = await this.#client.send(url, { method, headers: headersOf(post), body }, signal);
    if (isSuccess(answer)) return answer;
    const failure = failureOfAnswer(label, answer, this.#clock.now());
    const { verdict, message, retryAfter, answer: text } = failure;
    const { goneFor = 0, retryAfterIn = () => 0 } = this.#options;
    if (goneFor > 0 && method !== "PATCH" && (answer.status === 404 || answer.status === 410)) {
      const gone = new DeliveryFailure("refused", `${message}: there is no such channel any more`, { answer: text });
      this.#gone = { until: this.#clock.elapsed() + goneFor, failure: gone };
      throw gone;
    }
    const asked = Number(retryAfterIn(parsed(answer.text)));
    if (!(asked > retryAfter)) throw failure;
    throw new DeliveryFailure(verdict, message, { answer: text, retryAfter: asked });
  }

  close(): void {
    this.#client.close();
  }
}

/** Of a URL also the part behind the host, where the credential is. */
function partsOf(hidden: string): string[] {
  if (!URL.canParse(hidden)) return [hidden];
  const { pathname, search } = new URL(hidden);
  return pathname === "/" && search === "" ? [hidden] : [hidden, `${pathname}${search}`];
}

/** The object that an answer is; an empty one when it is none. */
export function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
