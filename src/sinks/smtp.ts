import { createRequire } from "node:module";
import type { TargetScope, TargetWriter, Verdict } from "../core/target-port.ts";
import { answered } from "../delivery/answers.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { type Message, mergeMessages, notesText } from "../delivery/message.ts";
import { mask } from "../delivery/secret-mask.ts";
import { TlsMaterial } from "../delivery/tls-material.ts";
import { coerceError } from "../errors.ts";
import { MAX_BODY_CHARACTERS, type Mail, type MailConfig } from "./mail.ts";
import { mailHtml } from "./mail-html.ts";
import { hide, redacted } from "./mail-server.ts";

/** The one who sends the mails of a target: its connections are made with the first mail. */
export function open(config: MailConfig, { log }: TargetScope): TargetWriter<Mail> {
  return new MailWriter(config, (recipient, answer) =>
    log.warn("the mail server refuses a recipient for good", { recipient, answer }),
  );
}

/** Maximum mails that are known to be with some of their recipients. */
const MAX_PARTLY_SENT_MAILS = 1000;

/** Who still has to get a mail, and whether somebody has it already. */
interface PartlySent {
  readonly recipients: readonly string[];
  readonly isTaken: boolean;
}

class MailWriter implements TargetWriter<Mail> {
  readonly #config: MailConfig;
  readonly #refused: (recipient: string, answer: string) => void;
  readonly #tls: TlsMaterial;
  #material: object | null = null;
  #transport: Promise<Transport> | null = null;
  /** By the mail's id. */
  readonly #partlySent = new Map<string, PartlySent>();
  /** Recipients that were refused when they were last tried: the log tells of each once. */
  readonly #unknown = new Set<string>();

  constructor(config: MailConfig, refused: (recipient: string, answer: string) => void) {
    hide(config.url);
    this.#config = config;
    this.#tls = new TlsMaterial(config.tls);
    this.#refused = refused;
  }

  async write(mails: readonly Mail[], signal: AbortSignal): Promise<void> {
    const [first] = mails;
    if (first === undefined) return;
    const { from, to, shown } = this.#config;
    const message = mergeMessages(mails, shown);
    const { id } = first;
    const abort = (): void => this.close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const transport = await this.#connected();
      const recipients = this.#partlySent.get(id)?.recipients ?? to;
      const envelope = { from, to: [...recipients] };
      const sent = await transport.sendMail({ ...written(message, id, this.#config), envelope });
      answered("", sent.response);
      this.#settle(id, sent.rejectedErrors ?? [], true);
    } catch (thrown) {
      throw this.#failure(thrown, id);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** With the files for TLS as they are now: a mail that is under way with others gets to its end. */
  #connected(): Promise<Transport> {
    const material = this.#tls.read();
    if (material !== this.#material) this.#drop(false);
    this.#material = material;
    this.#transport ??= connect(this.#config, material);
    return this.#transport;
  }

  close(): void {
    this.#drop(true);
  }

  #drop(force: boolean): void {
    const transport = this.#transport;
    this.#transport = null;
    transport?.then(
      (opened) => opened.close({ force }),
      () => {},
    );
  }

  /**
   * Those who may get the mail later are tried again alone, those who never will are given up. Throws when somebody is to
   * be tried again, or when nobody has it.
   */
  #settle(id: string, rejected: readonly Rejected[], isAccepted: boolean): void {
    const isTaken = isAccepted || this.#partlySent.get(id)?.isTaken === true;
    this.#partlySent.delete(id);
    if (this.#config.to.length > 1) for (const one of rejected) if (isForGood(one)) this.#tell(one);
    const again = rejected.filter((one) => !isForGood(one));
    if (again.length === 0 && isTaken) return;
    const [error = rejected[0]] = again;
    if (again.length > 0) {
      const [oldest = ""] = this.#partlySent.keys();
      if (this.#partlySent.size >= MAX_PARTLY_SENT_MAILS) this.#partlySent.delete(oldest);
      this.#partlySent.set(id, { recipients: again.flatMap(({ recipient }) => recipient ?? []), isTaken });
    }
    throw error;
  }

  #tell({ recipient = "", message }: Rejected): void {
    if (this.#unknown.has(recipient)) return;
    this.#unknown.add(recipient);
    this.#refused(recipient, mask(message));
  }

  #failure(thrown: unknown, id: string): DeliveryFailure {
    let error: Rejected = coerceError(thrown);
    const { rejectedErrors = [] } = error;
    if (rejectedErrors.length > 0)
      try {
        this.#settle(id, rejectedErrors, false);
      } catch (worst) {
        error = coerceError(worst);
      }
    const hint = "set FTS_SMTP_URL to your mail server, smtp://user:password@host:port";
    // A server may echo what it was sent: the cause, which has its words, is left out.
    return new DeliveryFailure(verdictOf(error), `${redacted(this.#config.url)}: ${error.message}; ${hint}`);
  }
}

type Transport = Awaited<ReturnType<typeof connect>>;

/** What nodemailer says when a server does not take a mail. */
interface Rejected extends Error {
  readonly code?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly recipient?: string | undefined;
  readonly rejectedErrors?: readonly Rejected[] | undefined;
}

/** A message as nodemailer takes it. */
function written(message: Message, id: string, { from, to }: Pick<MailConfig, "from" | "to">) {
  return {
    from,
    to: [...to],
    messageId: id,
    subject: message.title,
    headers: { "Auto-Submitted": "auto-generated" }, // RFC 3834: no out-of-office replies, please
    text: notesText(message, (note) => note.text, { max: MAX_BODY_CHARACTERS }),
    html: mailHtml(message),
  };
}

/** The mail of a message as RFC 5322 has it. @param date - Unix seconds */
export function mailText(message: Message, id: string, config: Pick<MailConfig, "from" | "to">, date: number): string {
  const load = createRequire(import.meta.url);
  const Composer: new (mail: object) => { compile(): Part } = load("nodemailer/lib/mail-composer");
  const mail = { ...written(message, id, config), date: new Date(date * 1000), baseBoundary: BOUNDARY };
  const encoders = { "quoted-printable": load("nodemailer/lib/qp"), base64: load("nodemailer/lib/base64") };
  return partText(new Composer(mail).compile(), encoders).replaceAll(/\r?\n/g, "\r\n");
}

/** As long as one that nodemailer makes at random. */
const BOUNDARY = "0".repeat(16);

/** What is used of nodemailer's `MimeNode`. */
interface Part {
  readonly boundary?: string;
  readonly content?: unknown;
  readonly childNodes: readonly Part[];
  buildHeaders(): string;
  getTransferEncoding(): unknown;
}
type Encoders = Readonly<Record<string, { encode(text: string): string; wrap(text: string): string }>>;

/** What nodemailer makes of a part of a mail with streams, at once. */
function partText(part: Part, encoders: Encoders): string {
  const head = `${part.buildHeaders()}\r\n\r\n`;
  if (part.childNodes.length > 0) {
    const inside = part.childNodes.map((child) => `--${part.boundary}\r\n${partText(child, encoders)}\r\n`);
    return `${head}${inside.join("")}--${part.boundary}--\r\n`;
  }
  const encoder = encoders[String(part.getTransferEncoding())];
  const text = String(part.content);
  return head + (encoder === undefined ? text : encoder.wrap(encoder.encode(text)));
}

/** Loads nodemailer with the first mail: it takes 70 ms, and most processes send none. */
async function connect({ url, connections, timeout, tls }: MailConfig, material: object) {
  const { createTransport } = await import("nodemailer");
  return createTransport({
    url,
    pool: true,
    maxConnections: connections,
    maxRequeues: 0,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: timeout * 1000,
    ...(Object.keys(tls).length > 0 && { requireTLS: true, tls: material }),
  });
}

const TEMPORARY = new Set([
  "EAUTH",
  "ECONNECTION",
  "ECONNREFUSED",
  "ECONNRESET",
  "EDNS",
  "EPROTOCOL",
  "ESOCKET",
  "ETIMEDOUT",
  "ETLS",
  // of the files for TLS
  "EACCES",
  "ENOENT",
]);

/**
 * RFC 5321, 4.2.1: 4xx is for now, 5xx is for good. But a server that does not let us in says nothing about the mail: that
 * is mended where the router runs.
 */
function isForGood({ code, responseCode = 0 }: Rejected): boolean {
  return responseCode >= 500 && (code === "EENVELOPE" || code === "EMESSAGE");
}

function verdictOf(error: Rejected): Verdict {
  if (isForGood(error)) return "refused";
  return (error.responseCode ?? 0) >= 400 || TEMPORARY.has(error.code ?? "") ? "retry" : "failed";
}
