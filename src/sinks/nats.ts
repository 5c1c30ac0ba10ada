import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { aBoolean, checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { Rendered, TargetWriter } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { mask } from "../delivery/secret-mask.ts";
import { TLS_OPTIONS, type TlsFiles, TlsMaterial } from "../delivery/tls-material.ts";
import { coerceError } from "../errors.ts";
import { combined, madeOr, ownersOf } from "./combined-failure.ts";
import { findDriver, loadDriver } from "./driver.ts";
import { KeptConnection } from "./kept-connection.ts";
import { messageIds } from "./message-ids.ts";
import { NAME, optionFunction } from "./option-function.ts";
import { targetIdentity } from "./target-identity.ts";
import { checkTextOrSecret } from "./text-or-secret.ts";
import { aUrl, labelOf } from "./url.ts";

/** Where events go in NATS; a field left out has its default. */
export interface NatsOptions extends DeliveryOptions, TlsFiles {
  /** The subject, or a function that gives that of an event. */
  readonly subject: string | ((event: Event) => string);
  /** Whether JetStream acknowledges each event; a stream has to hold the subject. @default false */
  readonly jetstream?: boolean;
}

/** What is used of @nats-io/transport-node. */
interface Connection {
  publish(subject: string, payload: string): void;
  request(subject: string, payload: string, options: object): Promise<{ json(): unknown }>;
  flush(): Promise<void>;
  close(): Promise<void>;
  closed(): Promise<unknown>;
}
interface TransportNode {
  connect(options: object): Promise<Connection>;
  headers(): { set(name: string, value: string): void };
}

/** What JetStream answers: https://docs.nats.io/reference/reference-protocols/nats_api_reference */
interface PubAck {
  readonly error?: { readonly code: number; readonly description: string };
}

/**
 * Publishes each event on NATS, with or without JetStream, and passes it on. Needs the package `@nats-io/transport-node`:
 * `npm install @nats-io/transport-node` in the route directory.
 *
 * Sent: the event as JSON, as `stdout()` prints it, a message each. Without JetStream a batch counts as delivered when the
 * server has read it, whether anyone listens or not; with it, each event when its stream has stored it.
 * Limits: 500 events a batch, one batch at a time; the order is kept. The server takes messages of 1 MiB unless it is told
 * otherwise.
 * Tried again: a broken connection, no answer, a subject that no stream holds yet, and what JetStream answers with 5xx.
 * Given up: messages that are too long, and those that JetStream answers with 4xx; all of a batch when name or password are
 * wrong.
 * Duplicates: without JetStream, messages of a batch whose end was not confirmed come twice. With it, each has an id of its own
 * (`Nats-Msg-Id`), by which the stream drops what comes again within its window, 2 minutes unless it is told otherwise.
 *
 * @param url - `nats://user:password@host:4222`, or `tls:`, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid, an option cannot work, or the package is not there.
 * @category Output
 * @example
 * pipeline("to NATS", [nats("nats://nats.example.com", { subject: (e) => `events.${e.state ?? "none"}`, jetstream: true })]);
 */
export function nats(url: string | Secret, options: NatsOptions): Through<EventOrList> {
  checkKeys("nats", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "subject", "jetstream"]);
  const { subject, jetstream = false, name, deadLetters } = options;
  checkTextOrSecret("nats", "url", url, NATS_URL);
  checkOption("nats", "subject", subject, SUBJECT);
  checkOption("nats", "jetstream", jetstream, aBoolean);
  const driver = findDriver("nats", "@nats-io/transport-node");
  const subjectOf = typeof subject === "string" ? () => subject : optionFunction("nats", "subject", subject, NAME);
  const settings = settingsOf("nats", options, DELIVERY_DEFAULTS);
  const identity = targetIdentity("nats", {
    name,
    shown: `${labelOf(url)}${typeof subject === "string" ? ` ${subject}` : ""}`,
    address: [url, subject],
    shape: [jetstream],
  });
  const { label } = identity;

  const rendered = (items: readonly EventOrList[]): Rendered[] =>
    items.flatMap(eventsOf).map((event) => ({ to: `subject ${subjectOf(event)}`, body: JSON.stringify(event) }));
  const open = (): TargetWriter<EventOrList> => {
    const [tls, idOf] = [new TlsMaterial(options), messageIds()];
    const connection = new KeptConnection<{ link: Connection; headers: TransportNode["headers"] }>(
      async (broken) => {
        const { connect, headers } = await loadDriver<TransportNode>(driver);
        const link = await connect(connectOptions(reveal(url), settings.timeout, tls.read()));
        link.closed().then(broken);
        return { link, headers };
      },
      ({ link }) => link.close(),
    );
    const store = async (event: Event): Promise<DeliveryFailure | null> => {
      const { link, headers } = await connection.get();
      const subject = madeOr(label, () => subjectOf(event));
      if (subject instanceof DeliveryFailure) return subject;
      const head = headers();
      head.set("Nats-Msg-Id", idOf(event));
      const asked = link.request(subject, JSON.stringify(event), {
        headers: head,
        timeout: settings.timeout * 1000,
      });
      return asked.then(
        (answer) => failureOfAck(answer.json() as PubAck, label),
        (thrown: unknown) => failureOf(thrown, label),
      );
    };
    return {
      async write(items, signal) {
        signal.addEventListener("abort", () => connection.drop(), { once: true });
        const owners = ownersOf(items);
        const events = items.flatMap(eventsOf);
        const { link } = await connection.get().catch((thrown: unknown) => {
          throw failureOf(thrown, label);
        });
        const failures = await (jetstream
          ? Promise.all(events.map(store))
          : events.map((event) => published(link, subjectOf, event, label)));
        if (!jetstream)
          await link.flush().catch((thrown: unknown) => {
            throw failureOf(thrown, label);
          });
        const failure = combined(failures, owners);
        if (failure !== null) throw failure;
      },
      judge: () => "refused", // a subject that cannot be made: it is found whose it is
      close: () => connection.drop(),
    };
  };
  return deliverySink("nats", { ...identity, settings, open, rendered }, { deadLetters });
}

const NATS_URL = aUrl("nats://nats.example.com:4222", /^(nats|tls):\/\/./);
const SUBJECT: Rule = {
  must: 'a subject such as "events.critical", or a function that gives one',
  test: (v) => typeof v === "function" || (typeof v === "string" && /^[^\s.*>]+(\.[^\s.*>]+)*$/.test(v)),
};

/** Making connections anew is for us. */
function connectOptions(url: string, timeout: number, tls: object): object {
  const { protocol, host, username, password } = new URL(url);
  return {
    servers: host,
    timeout: timeout * 1000,
    reconnect: false,
    name: "fast-ts",
    ...(username !== "" && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    ...(protocol === "tls:" && { tls: { ...tls } }),
  };
}

function published(
  link: Connection,
  subjectOf: (event: Event) => string,
  event: Event,
  label: string,
): DeliveryFailure | null {
  const subject = madeOr(label, () => subjectOf(event));
  if (subject instanceof DeliveryFailure) return subject;
  try {
    link.publish(subject, JSON.stringify(event));
    return null;
  } catch (thrown) {
    return failureOf(thrown, label);
  }
}

function failureOfAck({ error }: PubAck, label: string): DeliveryFailure | null {
  if (error === undefined) return null;
  const { code, description } = error;
  const verdict = code >= 500 ? "retry" : "refused";
  return new DeliveryFailure(verdict, `${label}: ${code} ${description}`, { answer: `${code} ${description}` });
}

/** By the names of the errors of @nats-io/nats-core. */
function failureOf(thrown: unknown, label: string): DeliveryFailure {
  if (thrown instanceof DeliveryFailure) return thrown;
  const { name, message } = coerceError(thrown);
  const said = mask(`${label}: ${message}`);
  if (name === "NoRespondersError" || /no responders/i.test(message))
    return new DeliveryFailure("retry", `${said}: is there a stream for the subject?`);
  if (/Authorization/i.test(message)) return new DeliveryFailure("failed", said, { answer: mask(message) });
  if (name === "InvalidArgumentError" || /max_payload|payload/i.test(message) || name === "InvalidSubjectError")
    return new DeliveryFailure("refused", said, { answer: message });
  return new DeliveryFailure("retry", said);
}
