import { createHash } from "node:crypto";
import type { Rule } from "../core/option.ts";
import { checkProxies } from "../delivery/http-proxy.ts";
import { Secret } from "../delivery/secret.ts";
import { checkTextOrSecret } from "./text-or-secret.ts";

/** @throws FastTsError `FTS_STAGE_OPTION` unless it is an `http:` or `https:` URL, or a secret that stands for one; `FTS_OPTION` when a variable for proxies is wrong. */
export function checkUrl(sink: string, url: unknown): void {
  checkProxies(process.env);
  checkTextOrSecret(sink, "url", url, HTTP_URL);
}

/** @throws FastTsError `FTS_STAGE_OPTION` unless it is a text or a secret. */
export function checkText(sink: string, option: string, value: unknown): void {
  checkTextOrSecret(sink, option, value, TEXT);
}

/** A URL such as `example` that begins as `scheme` says. */
export function aUrl(example: string, scheme: RegExp): Rule {
  return {
    must: `a URL such as ${JSON.stringify(example)}`,
    test: (v) => typeof v === "string" && scheme.test(v) && URL.canParse(v),
  };
}

const HTTP_URL: Rule = {
  must: 'a URL such as "https://example.com/path"',
  test: (v) => typeof v === "string" && URL.canParse(v) && /^https?:$/.test(new URL(v).protocol),
};
const TEXT: Rule = { must: "a text", test: (v) => typeof v === "string" && v !== "" };

/** What logs and metrics call a URL: its host, and six digits of a hash of the rest, which may hold a credential. */
export function labelOf(url: string | Secret): string {
  if (url instanceof Secret) return `secret(${url.name})`;
  const { host, pathname, search, username, password } = new URL(url);
  const rest = `${username}:${password}@${pathname}${search}`;
  if (rest === ":@/") return host;
  return `${host}#${createHash("sha256").update(rest).digest("hex").slice(0, 6)}`;
}

/** A URL, also of a secret that is not known: then its host is the name of that. */
export function urlOf(text: string): URL {
  return new URL(URL.canParse(text) ? text : `https://${text}`);
}

/** A URL as tests and replay show it: without a password, and with the name of the secret that `target` may be. */
export function shownUrl(to: URL | string, target: string): string {
  const url = urlOf(String(to));
  if (url.password !== "") url.password = "***";
  const stand = urlOf(target).href;
  if (URL.canParse(target) || !url.href.startsWith(stand.replace(/\/$/, ""))) return url.href;
  return `${target}${url.href.slice(stand.length - 1)}`.replace(/\/$/, "");
}
