import { createHash } from "node:crypto";
import type { Rule } from "../core/option.ts";
import { reveal, Secret } from "../delivery/secret.ts";
import { mask, remember } from "../delivery/secret-mask.ts";
import { FastTsError } from "../errors.ts";
import { checkRevealed } from "./text-or-secret.ts";

/** The mail server of this machine; its certificate proves nothing to itself, so it is not asked to. */
const DEFAULT_URL = "smtp://localhost:25/?tls.rejectUnauthorized=false";

/** Where mails go out: the option `smtp`, or else the environment variable `FTS_SMTP_URL`, or this machine. */
export class MailServer {
  readonly #url: string | Secret;
  readonly #source: string;

  /** @throws FastTsError `FTS_STAGE_OPTION` unless it is the URL of a mail server, or a secret. */
  constructor(url: string | Secret | undefined) {
    this.#source = url === undefined ? "environment variable FTS_SMTP_URL" : "email(smtp)";
    this.#url = url ?? (process.env.FTS_SMTP_URL || DEFAULT_URL);
    if (this.#url instanceof Secret) checkRevealed("email", "smtp", this.#url, MAIL_URL);
    else this.#check(this.#url);
  }

  /** The URL, with its password. */
  get url(): string {
    return this.#check(reveal(this.#url));
  }

  /** The URL as a log may show it. */
  get shown(): string {
    return this.#url instanceof Secret ? `secret(${this.#url.name})` : redacted(this.#url);
  }

  /** Its host, and six digits of a hash of the user and of `rest`. */
  label(rest: string): string {
    const host = this.#url instanceof Secret ? this.shown : new URL(this.#url).host;
    const digest = createHash("sha256").update(`${this.shown} ${rest}`).digest("hex");
    return `${host}#${digest.slice(0, 6)}`;
  }

  #check(url: string): string {
    hide(url);
    if (MAIL_URL.test(url)) return url;
    // The value stays out of the message: it may hold a password.
    throw new FastTsError("FTS_STAGE_OPTION", `${this.#source}: must be ${MAIL_URL.must}`);
  }
}

const MAIL_URL: Rule = {
  must: "a URL such as smtp://user:password@mail.example.com:587",
  test(text) {
    const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : null;
    return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== "";
  },
};

/** The URL as a log may show it. */
export function redacted(text: string): string {
  const { protocol, username, host } = new URL(text);
  return mask(`${protocol}//${username === "" ? "" : `${username}@`}${host}`);
}

/** Has logs mask the password, in each form in which a server may echo it: AUTH PLAIN and AUTH LOGIN send it in base64. */
export function hide(text: string): void {
  const { username, password } = URL.canParse(text) ? new URL(text) : { username: "", password: "" };
  if (password === "") return;
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  for (const one of [password, pass]) remember(one);
  remember(`\0${user}\0${pass}`);
}
