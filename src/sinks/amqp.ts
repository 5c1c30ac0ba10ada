import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { aBoolean, checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { Rendered, TargetScope, TargetWriter } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles, TlsMaterial } from "../delivery/tls-material.ts";
import { AmqpLink, type Amqplib, amqpFailure, MAX_NAME_BYTES } from "./amqp-link.ts";
import { combined, ownersOf } from "./combined-failure.ts";
import { findDriver, loadDriver } from "./driver.ts";
import { KeptConnection } from "./kept-connection.ts";
import { messageIds } from "./message-ids.ts";
import { NAME, optionFunction } from "./option-function.ts";
import { targetIdentity } from "./target-identity.ts";
import { checkTextOrSecret } from "./text-or-secret.ts";
import { aUrl, labelOf } from "./url.ts";

/** Where events go in RabbitMQ; a field left out has its default. */
export interface AmqpOptions extends DeliveryOptions, TlsFiles {
  /** The exchange, which has to be there; `""` is the default one, which takes the routing key for the name of a queue. */
  readonly exchange: string;
  /** The routing key, or a function that gives that of an event. */
  readonly routingKey: string | ((event: Event) => string);
  /** Whether messages survive a restart of the broker, in queues that do. @default true */
  readonly persistent?: boolean;
  /** Whether an event that no queue wants is given up, as `refused`; else the broker drops it silently. @default true */
  readonly mandatory?: boolean;
}

/**
 * Publishes each event to an exchange of RabbitMQ (AMQP 0-9-1), and passes it on. Needs the package `amqplib`: `npm install
 * amqplib` in the route directory.
 *
 * Sent: the event as JSON, as `stdout()` prints it, a message each, with an id, its time, and `application/json` as its type.
 * An event counts as delivered when the broker confirms it: a durable queue has it on its disk then.
 * Limits: 500 events a batch, one batch at a time; the order is kept. A routing key has at most 255 bytes.
 * Tried again: a broken connection, no answer, what the broker does not confirm, an exchange or a virtual host that is not
 * there yet. While the broker blocks publishers, as it is short of memory or disk, events wait, and are not sent twice.
 * Given up: events that no queue wants (`mandatory`), whose routing key is too long, or that are larger than the broker
 * takes, found by halving the batch; all of a batch when name, password or permission are wrong.
 * Duplicates: messages whose confirmation was lost come twice, with the same message id.
 *
 * @param url - `amqp://user:password@host:5672/vhost`, or `amqps:` with TLS, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid, an option cannot work, or the package is not there.
 * @category Output
 * @example
 * pipeline("to RabbitMQ", [
 *   amqp(secret("AMQP_URL"), { exchange: "events", routingKey: (e) => `${e.host}.${e.state ?? "none"}` }),
 * ]);
 */
export function amqp(url: string | Secret, options: AmqpOptions): Through<EventOrList> {
  checkKeys("amqp", options, [
    ...DELIVERY_OPTIONS,
    ...TLS_OPTIONS,
    "exchange",
    "routingKey",
    "persistent",
    "mandatory",
  ]);
  const { exchange, routingKey, persistent = true, mandatory = true, name, deadLetters } = options;
  checkTextOrSecret("amqp", "url", url, AMQP_URL);
  checkOption("amqp", "exchange", exchange, EXCHANGE);
  checkOption("amqp", "routingKey", routingKey, ROUTING_KEY);
  checkOption("amqp", "persistent", persistent, aBoolean);
  checkOption("amqp", "mandatory", mandatory, aBoolean);
  const driver = findDriver("amqp", "amqplib");
  const keyOf =
    typeof routingKey === "string" ? () => routingKey : optionFunction("amqp", "routingKey", routingKey, NAME);
  const settings = settingsOf("amqp", options, DELIVERY_DEFAULTS);
  const identity = targetIdentity("amqp", {
    name,
    shown: `${labelOf(url)} ${exchange || "default exchange"}`,
    address: [url, exchange, routingKey],
    shape: [persistent, mandatory],
  });
  const { label } = identity;
  const route = { exchange, keyOf, persistent, mandatory };

  const rendered = (items: readonly EventOrList[]): Rendered[] =>
    items.flatMap(eventsOf).map((event) => ({
      to: `exchange ${exchange || '""'}, routing key ${keyOf(event)}`,
      body: JSON.stringify(event),
    }));
  const open = ({ clock }: TargetScope): TargetWriter<EventOrList> => {
    const [tls, idOf] = [new TlsMaterial(options), messageIds()];
    const how = { timeout: settings.timeout * 1000, noDelay: true, clientProperties: { connection_name: "fast-ts" } };
    const connection = new KeptConnection<AmqpLink>(
      async (broken) => {
        const { connect } = await loadDriver<Amqplib>(driver);
        return AmqpLink.open(connect(reveal(url), { ...how, ...tls.read() }), { route, idOf, label, clock, broken });
      },
      (link) => link.close(),
    );
    return {
      async write(items, signal) {
        const link = await connection.get().catch((thrown: unknown) => {
          throw amqpFailure(thrown, label);
        });
        // What a broker has that blocks is still to be confirmed: it is waited for with the next try.
        signal.addEventListener("abort", () => link.isBlocked || connection.drop(), { once: true });
        const owners = ownersOf(items);
        const events = items.flatMap(eventsOf);
        const failures = await Promise.all(events.map((event) => link.publish(event)));
        if (signal.aborted) return;
        link.forget(events);
        const failure = link.refusal ?? combined(failures, owners);
        if (failure !== null) throw failure;
      },
      judge: () => "refused", // a routing key that cannot be made: it is found whose it is
      close: () => connection.drop(),
    };
  };
  return deliverySink("amqp", { ...identity, settings, open, rendered }, { deadLetters });
}

const AMQP_URL = aUrl("amqp://rabbitmq.example.com:5672/vhost", /^amqps?:\/\/./);
const isShort = (v: unknown): v is string => typeof v === "string" && Buffer.byteLength(v) <= MAX_NAME_BYTES;
const EXCHANGE: Rule = { must: 'the name of an exchange, "" for the default one', test: isShort };
const ROUTING_KEY: Rule = {
  must: "a routing key of at most 255 bytes, or a function that gives one",
  test: (v) => typeof v === "function" || isShort(v),
};
