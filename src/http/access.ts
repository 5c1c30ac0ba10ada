import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { type Page, plain } from "./page.ts";

/** Who may read an endpoint. */
export type Guard =
  /** Everyone, under any name: probes. */
  | "none"
  /** Everyone who reaches the port; on loopback, no page of a browser under a name of its own. */
  | "network"
  /**
   * Clients with the token. Without a configured token: as `network` on loopback or with `http-open`, and otherwise
   * nobody.
   */
  | "token";

export interface AccessOptions {
  /** The address that the port is open at. */
  readonly address: string;
  /** `http-open`: no token is asked for beyond loopback. */
  readonly isOpen: boolean;
  /** Names of this machine besides `localhost` and its host name. */
  readonly hosts: readonly string[];
  /** Pages of these origins may ask, too: `https://dash.example.com`. */
  readonly origins: readonly string[];
}

/**
 * Decides who is answered. A browser shows pages of strangers, and those may ask us for ours: under a name of their own
 * that they let point here (DNS rebinding: `Host` tells), or as they are (`Origin` tells).
 */
export class Access {
  readonly #options: AccessOptions;
  readonly #hosts: ReadonlySet<string>;
  readonly #isLoopback: boolean;
  #token: Buffer | null;

  constructor(token: string | null, options: AccessOptions) {
    this.#options = options;
    this.#hosts = new Set(["localhost", hostname(), ...options.hosts].map((name) => name.toLowerCase()));
    this.#isLoopback = isLoopback(options.address);
    this.#token = token === null ? null : digest(token);
  }

  /** Who may read what the token guards. */
  get mode(): "open" | "token" | "loopback" | "closed" {
    if (this.#token !== null) return "token";
    if (this.#isLoopback) return "loopback";
    return this.#options.isOpen ? "open" : "closed";
  }

  /** From now on this is the token. */
  renew(token: string | null): void {
    this.#token = token === null ? null : digest(token);
  }

  /** Why a request is not answered; `null` when it is. */
  refusal(guard: Guard, { method, headers }: IncomingMessage): Page | null {
    if (guard === "none" || (guard === "network" && !this.#isLoopback)) return null;
    const { mode } = this;
    const isTokenAsked = guard === "token" && (mode === "token" || mode === "closed");
    const hasToken = this.#hasToken(headers.authorization);
    if (!isTokenAsked && !hasToken && !this.#isKnown(nameIn(headers.host))) return misdirected(headers.host);
    if (!this.#isFriendly(headers)) return foreign(headers.origin);
    return isTokenAsked && !hasToken && method !== "OPTIONS" ? unauthorized(mode) : null; // which asks without it
  }

  /** The origin of another page that may read the answer. */
  sharedWith({ origin, host }: IncomingHttpHeaders): string | null {
    return origin === undefined || isSame(origin, host) ? null : origin;
  }

  #hasToken(authorization: string | undefined): boolean {
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
    return given !== undefined && this.#token !== null && timingSafeEqual(digest(given), this.#token);
  }

  #isKnown(name: string | null): boolean {
    return name !== null && (isIP(name) > 0 || this.#hosts.has(name));
  }

  #isFriendly({ origin, host }: IncomingHttpHeaders): boolean {
    if (origin === undefined || isSame(origin, host) || this.#options.origins.includes(origin)) return true;
    return this.#isLoopback && URL.canParse(origin) && isLoopback(bare(new URL(origin).hostname));
  }
}

/** Whether only this machine reaches an address. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || (isIP(address) > 0 && /^(::ffff:)?127\.|^::1$/i.test(address));
}

/** Of equal length, so that comparing them takes equally long. */
function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** The name in a `Host` header, without the port: a published port is another one than ours. */
function nameIn(host: string | undefined): string | null {
  const name = /^(\[[^\]]+\]|[^:[\]]+)(:\d*)?$/.exec(host ?? "")?.[1];
  return name === undefined ? null : bare(name.toLowerCase().replace(/\.$/, ""));
}

function bare(name: string): string {
  return name.startsWith("[") ? name.slice(1, -1) : name;
}

/** Browsers leave the scheme's own port out of both. */
function isSame(origin: string, host: string | undefined): boolean {
  return origin.replace(/^https?:\/\//, "").toLowerCase() === host?.toLowerCase();
}

function misdirected(host: string | undefined): Page {
  const shown = JSON.stringify(host ?? "");
  return plain(
    421,
    `this daemon is not known as ${shown}: ask by its IP address, or start it with --http-allow-host NAME`,
  );
}

function foreign(origin: string | undefined): Page {
  const shown = JSON.stringify(origin ?? "");
  return plain(403, `pages of ${shown} may not ask this daemon: start it with --http-origin ORIGIN to let them`);
}

function unauthorized(mode: Access["mode"]): Page {
  const text =
    mode === "closed"
      ? "this page needs a token and the daemon has none: start it with --http-token-file FILE (or FTS_HTTP_TOKEN), or with --http-open to let everyone in"
      : "this page needs the token of --http-token-file (or FTS_HTTP_TOKEN): send the header Authorization: Bearer TOKEN";
  return plain(401, text, { "WWW-Authenticate": 'Bearer realm="fast-ts"' });
}
