import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { aString, checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { Rendered, TargetSettings, TargetWriter, Verdict } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { mask } from "../delivery/secret-mask.ts";
import { checkTls, TLS_OPTIONS, type TlsFiles, TlsMaterial } from "../delivery/tls-material.ts";
import { coerceError, FastTsError } from "../errors.ts";
import { findDriver, loadDriver } from "./driver.ts";
import { MAX_DATE_SECONDS } from "./event-date.ts";
import { KeptConnection } from "./kept-connection.ts";
import { optionFunction, type Reader, TEXT } from "./option-function.ts";
import { targetIdentity } from "./target-identity.ts";

/** Where events go in Kafka; a field left out has its default. */
export interface KafkaOptions extends DeliveryOptions {
  readonly topic: string;
  /** What decides on the partition: events of the same key stay in order. @default the host */
  readonly key?: (event: Event) => string | null;
  /**
   * Whether connections are encrypted, or with which files: `{ ca, cert, key, servername }`.
   * @default false, or true with `sasl`
   */
  readonly ssl?: boolean | TlsFiles;
  /** Name and password. @default none */
  readonly sasl?: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: string | Secret;
  };
}

const DEFAULTS: TargetSettings = { ...DELIVERY_DEFAULTS, batch: { events: 1000, bytes: 512 * 1024, seconds: 0 } };
const ACKS_OF_ALL = -1;
const NO_LOG = 0;

/** What is used of kafkajs. */
interface Producer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(record: object): Promise<unknown>;
}
interface Kafkajs {
  readonly Kafka: new (options: object) => { producer(options: object): Producer };
  readonly CompressionTypes: { readonly GZIP: number };
  readonly Partitioners: { readonly DefaultPartitioner: unknown };
}

/**
 * Sends each event to a topic of Kafka, many in a request, and passes it on. Needs the package `kafkajs`:
 * `npm install kafkajs` in the route directory.
 *
 * Sent: records compressed with gzip: the key, the event as JSON as `stdout()` prints it, and its time in milliseconds. The
 * partition is that of Java's clients for the same key. All replicas in sync have to have it (`acks: -1`).
 * Limits: 1,000 events a request, one request at a time; the order is kept. A broker takes 1 MiB unless it is told otherwise.
 * Tried again: a broken connection, no answer, and what Kafka calls retriable, such as a partition without a leader.
 * Given up: records that are too large or not wanted, found by halving the request; all of a request when the credential is
 * wrong.
 * Duplicates: a request whose answer was lost is sent again: its records are there twice.
 *
 * @param brokers - `host:port` of a broker, or a list of them.
 * @throws FastTsError `FTS_STAGE_OPTION` when an option cannot work or the package is not there.
 * @category Output
 * @example
 * pipeline("to Kafka", [kafka(["kafka1.example.com:9092", "kafka2.example.com:9092"], { topic: "events" })]);
 */
export function kafka(brokers: string | readonly string[], options: KafkaOptions): Through<EventOrList> {
  checkKeys("kafka", options, [...DELIVERY_OPTIONS, "topic", "key", "ssl", "sasl"]);
  const { topic, sasl, ssl = sasl !== undefined, name, deadLetters } = options;
  const list = typeof brokers === "string" ? [brokers] : brokers;
  if (!Array.isArray(list) || list.length === 0)
    throw new FastTsError("FTS_STAGE_OPTION", "kafka(brokers): must name a broker, got none");
  for (const broker of list) checkOption("kafka", "brokers", broker, BROKER);
  checkOption("kafka", "topic", topic, aString);
  const key = optionFunction("kafka", "key", options.key ?? hostOf, KEY);
  if (typeof ssl !== "boolean") {
    checkKeys("kafka: ssl", ssl, TLS_OPTIONS);
    checkTls("kafka: ssl", ssl);
  }
  const driver = findDriver("kafka", "kafkajs");
  const { key: _, ...delivery } = options; // no file for TLS
  const settings = settingsOf("kafka", delivery, DEFAULTS);
  const identity = targetIdentity("kafka", {
    name,
    shown: `${list.join()} ${topic}`,
    address: [list.join(), topic, sasl?.username, sasl?.password],
    shape: [options.key],
  });
  const { label } = identity;

  const messageOf = (event: Event) => ({
    key: key(event),
    value: JSON.stringify(event),
    timestamp: String(Math.round(Math.min(Math.max(0, event.time), MAX_DATE_SECONDS) * 1000)),
  });
  const rendered = (items: readonly EventOrList[]): Rendered[] =>
    items
      .flatMap(eventsOf)
      .map(messageOf)
      .map(({ key, value }) => ({ to: `topic ${topic}, ${key === null ? "no key" : `key ${key}`}`, body: value }));
  const open = (): TargetWriter<EventOrList> => {
    const tls = new TlsMaterial(typeof ssl === "boolean" ? {} : ssl);
    const connection = new KeptConnection<{ producer: Producer; compression: number }>(
      async (_, dropped) => {
        const { Kafka, CompressionTypes, Partitioners } = await loadDriver<Kafkajs>(driver);
        const milliseconds = settings.timeout * 1000;
        const client = new Kafka({
          clientId: "fast-ts",
          brokers: list,
          ssl: ssl !== false && { ...tls.read() },
          logLevel: NO_LOG,
          retry: ONE_TRY,
          connectionTimeout: milliseconds,
          requestTimeout: milliseconds,
          ...(sasl !== undefined && { sasl: { ...sasl, password: reveal(sasl.password) } }),
        });
        const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry: ONE_TRY });
        // One that could not connect keeps its socket.
        dropped.addEventListener("abort", () => producer.disconnect().catch(() => {}), { once: true });
        await producer.connect();
        return { producer, compression: CompressionTypes.GZIP };
      },
      ({ producer }) => producer.disconnect(),
    );
    return {
      async write(items, signal) {
        signal.addEventListener("abort", () => connection.drop(), { once: true });
        const messages = items.flatMap(eventsOf).map(messageOf);
        try {
          const { producer, compression } = await connection.get();
          await producer.send({ topic, messages, acks: ACKS_OF_ALL, compression, timeout: settings.timeout * 1000 });
        } catch (thrown) {
          const failure = failureOf(thrown, label);
          if (failure.verdict !== "refused") connection.drop();
          throw failure;
        }
      },
      judge: () => "refused", // a key that cannot be made: it is found whose it is
      close: () => connection.drop(),
    };
  };
  return deliverySink("kafka", { ...identity, settings, open, rendered }, { deadLetters });
}

const hostOf = ({ host }: Event): string | null => host;
const KEY: Reader<string | null> = (made, refuse) => (made === null || made === undefined ? null : TEXT(made, refuse));

/** Trying again is for us. */
const ONE_TRY = { retries: 0 };

const BROKER: Rule = {
  must: 'an address such as "kafka.example.com:9092"',
  test: (v) => typeof v === "string" && /^[^\s:/]+:\d{1,5}$/.test(v),
};

/** By what kafkajs and the protocol call an error: https://kafka.apache.org/protocol#protocol_error_codes */
function failureOf(thrown: unknown, label: string): DeliveryFailure {
  if (thrown instanceof DeliveryFailure) return thrown;
  const error = coerceError(thrown) as Error & { readonly type?: string; readonly cause?: unknown };
  const cause = error.cause instanceof Error ? (error.cause as Error & { readonly type?: string }) : error;
  const type = error.type ?? cause.type ?? "";
  return new DeliveryFailure(verdictOf(type, error.name), mask(`${label}: ${error.message}`), {
    answer: type === "" ? "" : `${type}: ${mask(error.message)}`,
  });
}

function verdictOf(type: string, name: string): Verdict {
  if (/^(MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE|INVALID_RECORD|INVALID_TIMESTAMP|CORRUPT_MESSAGE)$/.test(type))
    return "refused";
  return /AUTHORIZATION|SASL|INVALID_TOPIC/.test(`${type} ${name.toUpperCase()}`) ? "failed" : "retry";
}
