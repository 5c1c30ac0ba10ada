import type { EventOrList } from "../core/event-list.ts";
import { aString, atLeastOne, checkKeys, checkOption } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { Rendered, TargetSettings } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles, tlsOf } from "../delivery/tls-material.ts";
import { FastTsError } from "../errors.ts";
import { findDriver } from "./driver.ts";
import { jsonsOf, open as openRedis, type RedisConfig } from "./redis-writer.ts";
import { targetIdentity } from "./target-identity.ts";
import { checkTextOrSecret } from "./text-or-secret.ts";
import { aUrl, labelOf } from "./url.ts";

/** Where events go in Redis; a field left out has its default. One of `stream` and `channel` is needed. */
export interface RedisOptions extends DeliveryOptions, TlsFiles {
  /** The key of a stream, to which events are added. */
  readonly stream?: string;
  /** The channel on which events are published. */
  readonly channel?: string;
  /** About how many entries the stream keeps, the newest. @default all */
  readonly maxLength?: number;
}

const DEFAULTS: TargetSettings = { ...DELIVERY_DEFAULTS, batch: { events: 1000, bytes: 1024 * 1024, seconds: 0 } };

/**
 * Adds each event to a stream of Redis, or publishes it on a channel, and passes it on. Needs the package `ioredis`:
 * `npm install ioredis` in the route directory.
 *
 * Sent: `XADD stream MAXLEN ~ maxLength * event JSON`, or `PUBLISH channel JSON`, the JSON as `stdout()` prints the event;
 * all commands of a batch in one pipeline.
 * Limits: 1,000 events a pipeline, one at a time; the order is kept. With `maxLength` the process has one writer.
 * Tried again: a broken connection, no answer, and events whose reply is one that passes, such as `OOM`, `LOADING` and
 * `READONLY`.
 * Given up: events with any other error as reply, such as `WRONGTYPE`; all of a batch when name or password are wrong.
 * Duplicates: commands whose reply was lost are sent again: their events are there twice.
 *
 * @param url - `redis://user:password@host:6379/0`, or `rediss:` with TLS, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid, an option cannot work, or the package is not there.
 * @category Output
 * @example
 * pipeline("to a stream", [redis("redis://redis.example.com", { stream: "events", maxLength: 1_000_000 })]);
 */
export function redis(url: string | Secret, options: RedisOptions): Through<EventOrList> {
  checkKeys("redis", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "stream", "channel", "maxLength"]);
  const { stream, channel, maxLength, name, deadLetters } = options;
  checkTextOrSecret("redis", "url", url, REDIS_URL);
  if (stream !== undefined && channel !== undefined)
    throw new FastTsError("FTS_STAGE_OPTION", "redis(options): takes stream or channel, not both");
  checkOption("redis", channel === undefined ? "stream" : "channel", channel ?? stream, aString);
  if (maxLength !== undefined) checkOption("redis", "maxLength", maxLength, atLeastOne);
  const driver = findDriver("redis", "ioredis");
  const where = channel ?? stream ?? "";
  const trim = maxLength === undefined ? [] : ["MAXLEN", "~", maxLength];
  const command = channel === undefined ? ["xadd", where, ...trim, "*", "event"] : ["publish", where];
  const settings = settingsOf("redis", options, DEFAULTS);
  const identity = targetIdentity("redis", {
    name,
    shown: `${labelOf(url)} ${where}`,
    address: [url, command[0], where],
    shape: [maxLength],
  });
  const { label } = identity;
  const config = (): RedisConfig => ({
    url: reveal(url),
    label,
    command,
    driver,
    timeout: settings.timeout,
    tls: tlsOf(options),
  });
  const target = { ...identity, settings };
  const shown = (jsons: readonly string[]): Rendered[] => jsons.map((body) => ({ to: command.join(" "), body }));
  if (maxLength !== undefined)
    return deliverySink("redis", { ...target, kind: "redis", config, render: jsonsOf, shown }, { deadLetters });
  const open = () => openRedis(config());
  return deliverySink(
    "redis",
    { ...target, open, rendered: (items) => shown(items.flatMap(jsonsOf)) },
    { deadLetters },
  );
}

const REDIS_URL = aUrl("redis://redis.example.com:6379", /^rediss?:\/\/./);
