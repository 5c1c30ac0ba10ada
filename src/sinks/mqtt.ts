import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { aBoolean, checkKeys, checkOption, oneOf, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { Rendered, TargetWriter } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles, TlsMaterial } from "../delivery/tls-material.ts";
import { combined, ownersOf } from "./combined-failure.ts";
import { findDriver, loadDriver } from "./driver.ts";
import { KeptConnection } from "./kept-connection.ts";
import { isTopic, MqttLink, type MqttPackage, mqttAddress, mqttFailure } from "./mqtt-link.ts";
import { NAME, optionFunction } from "./option-function.ts";
import { targetIdentity } from "./target-identity.ts";
import { checkTextOrSecret } from "./text-or-secret.ts";
import { aUrl, labelOf } from "./url.ts";

/** Where events go in an MQTT broker; a field left out has its default. */
export interface MqttOptions extends DeliveryOptions, TlsFiles {
  /** The topic, or a function that gives that of an event. */
  readonly topic: string | ((event: Event) => string);
  /**
   * What the broker says of an event: 0 nothing, 1 that it has it, 2 that it has it once. @default 1
   */
  readonly qos?: 0 | 1 | 2;
  /** Whether the broker keeps the last event of each topic for those who subscribe later. @default false */
  readonly retain?: boolean;
  /** The version of the protocol: of "3.1.1" a broker does not say why it does not want an event. @default "5" */
  readonly version?: "3.1.1" | "5";
}

/**
 * Publishes each event on an MQTT broker, and passes it on. Needs the package `mqtt`: `npm install mqtt` in the route
 * directory.
 *
 * Sent: the event as JSON, as `stdout()` prints it, a message each. With `qos` 1 and 2 an event counts as delivered when the
 * broker has acknowledged it, whether anyone subscribes or not; with 0 when the broker answers a ping that was sent behind it.
 * Limits: 500 events a batch, one batch at a time, and not more at once than the broker allows; the order is kept. A topic
 * has at most 65,535 bytes.
 * Tried again: a broken connection, no answer, a broker that is busy or over its quota.
 * Given up: events whose topic is empty or has `+`, `#` or a control character, and those that are larger than the broker
 * takes or that it does not want; all of a batch when name, password or permission are wrong. With version 3.1.1 brokers
 * acknowledge what they do not want, or close the connection.
 * Duplicates: messages whose acknowledgement was lost come twice, with `qos` 2 as well, as the session ends with the
 * connection.
 *
 * @param url - `mqtt://user:password@host:1883`, or `mqtts:` with TLS, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid, an option cannot work, or the package is not there.
 * @category Output
 * @example
 * pipeline("to MQTT", [
 *   mqtt("mqtts://mqtt.example.com", { topic: (e) => `events/${e.host}/${e.state ?? "none"}`, qos: 1 }),
 * ]);
 */
export function mqtt(url: string | Secret, options: MqttOptions): Through<EventOrList> {
  checkKeys("mqtt", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "topic", "qos", "retain", "version"]);
  const { topic, qos = 1, retain = false, version = "5", name, deadLetters } = options;
  checkTextOrSecret("mqtt", "url", url, MQTT_URL);
  checkOption("mqtt", "topic", topic, TOPIC);
  checkOption("mqtt", "qos", qos, QOS);
  checkOption("mqtt", "retain", retain, aBoolean);
  checkOption("mqtt", "version", version, oneOf("3.1.1", "5"));
  const driver = findDriver("mqtt", "mqtt");
  const topicOf = typeof topic === "string" ? () => topic : optionFunction("mqtt", "topic", topic, NAME);
  const settings = settingsOf("mqtt", options, DELIVERY_DEFAULTS);
  const identity = targetIdentity("mqtt", {
    name,
    shown: `${labelOf(url)}${typeof topic === "string" ? ` ${topic}` : ""}`,
    address: [url, topic],
    shape: [qos, retain, version],
  });
  const { label } = identity;

  const rendered = (items: readonly EventOrList[]): Rendered[] =>
    items
      .flatMap(eventsOf)
      .map((event) => ({ to: `topic ${topicOf(event)}, QoS ${qos}`, body: JSON.stringify(event) }));
  const open = (): TargetWriter<EventOrList> => {
    const tls = new TlsMaterial(options);
    const how = {
      protocolVersion: version === "5" ? 5 : 4,
      reconnectPeriod: 0,
      connectTimeout: settings.timeout * 1000,
      ...(qos === 0 && { keepalive: 0 }), // its pings are ours
    };
    const connection = new KeptConnection<MqttLink>(
      async (broken) => {
        const { connect } = await loadDriver<MqttPackage>(driver);
        const client = connect({ ...mqttAddress(reveal(url)), ...how, ...tls.read() });
        return MqttLink.open(client, { topicOf, qos, retain, label, broken });
      },
      (link) => link.close(),
    );
    return {
      async write(items, signal) {
        signal.addEventListener("abort", () => connection.drop(), { once: true });
        const owners = ownersOf(items);
        const link = await connection.get().catch((thrown: unknown) => {
          throw mqttFailure(thrown, label);
        });
        const failures = await link.publish(items.flatMap(eventsOf));
        const failure = link.refusal ?? combined(failures, owners);
        if (failure !== null) throw failure;
      },
      judge: () => "refused", // a topic that cannot be made: it is found whose it is
      close: () => connection.drop(),
    };
  };
  return deliverySink("mqtt", { ...identity, settings, open, rendered }, { deadLetters });
}

const MQTT_URL = aUrl("mqtt://mqtt.example.com:1883", /^mqtts?:\/\/./);
const TOPIC: Rule = {
  must: 'a topic without + and #, such as "events/critical", or a function that gives one',
  test: (v) => typeof v === "function" || isTopic(v),
};
const QOS: Rule = { must: "0, 1 or 2", test: (v) => v === 0 || v === 1 || v === 2 };
