import type { SinkWriter, Verdict } from "../delivery/outbox.ts";
import { mask, remember } from "../delivery/secret.ts";
import { coerceError, FastTsError } from "../errors.ts";
import type { Mail } from "./mail.ts";

/** The mail server of this machine; its certificate proves nothing to itself, so it is not asked to. */
const DEFAULT_URL = "smtp://localhost:25/?tls.rejectUnauthorized=false";

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * A mail server, as all copies of one `email()` stage use it: two connections together, made at the first mail and
 * closed when the last copy stops.
 */
export class Smtp {
  readonly #url: string;
  #users = 0;
  #transport: Promise<Transport> | null = null;

  /** Throws `FTS_STAGE_OPTION` unless `url`, or else `FTS_SMTP_URL`, is one of a mail server. */
  constructor(url: string | undefined) {
    const fromEnv = process.env.FTS_SMTP_URL;
    this.#url = url ?? (fromEnv || DEFAULT_URL);
    hide(this.#url);
    if (isMailUrl(this.#url)) return;
    // The value stays out of the message: it may hold a password.
    const source = url === undefined ? "environment variable FTS_SMTP_URL" : "email(smtp)";
    throw new FastTsError(
      "FTS_STAGE_OPTION",
      `${source}: must be a URL such as smtp://user:password@mail.example.com:587`,
    );
  }

  writer({ from, to }: Envelope): SinkWriter<Mail> {
    this.#users++;
    return {
      write: async (mails) => {
        this.#transport ??= connect(this.#url);
        const transport = await this.#transport;
        for (const { id, subject, text } of mails) {
          const headers = { "Auto-Submitted": "auto-generated" }; // RFC 3834: no out-of-office replies, please
          await transport.sendMail({ from, to: [...to], subject, text, messageId: id, headers }).catch(this.#explain);
        }
      },
      judge: (error) => (error instanceof SmtpError ? error.verdict : "failed"),
      close: () => this.#release(),
    };
  }

  readonly #explain = (thrown: unknown): never => {
    const error = coerceError(thrown);
    const hint = "set FTS_SMTP_URL to your mail server, smtp://user:password@host:port";
    // A server may echo what it was sent: the cause, which has its words, is left out.
    throw new SmtpError(judge(error), mask(`${redacted(this.#url)}: ${error.message}; ${hint}`));
  };

  #release(): void {
    this.#users--;
    if (this.#users > 0) return;
    const transport = this.#transport;
    this.#transport = null;
    transport?.then(
      (opened) => opened.close({ force: true }),
      () => {},
    );
  }
}

class SmtpError extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict, message: string) {
    super(message);
    this.verdict = verdict;
  }
}

type Transport = Awaited<ReturnType<typeof connect>>;

/** Loads nodemailer with the first mail: it takes 70 ms, and most processes send none. */
async function connect(url: string) {
  const { createTransport } = await import("nodemailer");
  return createTransport({
    url,
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 60_000,
    maxRequeues: 0,
  });
}

const TEMPORARY = new Set(["ECONNECTION", "ECONNREFUSED", "ECONNRESET", "EDNS", "ESOCKET", "ETIMEDOUT"]);

/** RFC 5321, 4.2.1: 4xx is for now, 5xx is for good. */
function judge(error: Error): Verdict {
  const status = "responseCode" in error && typeof error.responseCode === "number" ? error.responseCode : 0;
  if (status >= 500) return "refused";
  if (status >= 400) return "retry";
  return "code" in error && TEMPORARY.has(String(error.code)) ? "retry" : "failed";
}

function isMailUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === "smtp:" || url.protocol === "smtps:") && url.hostname !== "";
}

/** The URL as a log may show it. */
function redacted(text: string): string {
  const { protocol, username, host } = new URL(text);
  return `${protocol}//${username === "" ? "" : `${username}@`}${host}`;
}

/** The password, in each form in which a server may echo it: AUTH PLAIN and AUTH LOGIN send it in base64. */
function hide(text: string): void {
  const { username, password } = URL.canParse(text) ? new URL(text) : { username: "", password: "" };
  if (password === "") return;
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  remember(pass);
  remember(`\0${user}\0${pass}`);
}
