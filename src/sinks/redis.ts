import { type EventOrList, eventsOf } from "../core/event.ts";
import { aString, atLeastOne, checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { Rendered, TargetScope, TargetSettings, TargetWriter } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { mask, reveal, Secret } from "../delivery/secret.ts";
import { coerceError, FastTsError } from "../errors.ts";
import { combined } from "./combined-failure.ts";
import { findDriver, loadDriver } from "./driver.ts";
import { KeptConnection } from "./kept-connection.ts";
import { targetKey } from "./target-key.ts";
import { labelOf } from "./url.ts";

/** Where events go in Redis; a field left out has its default. One of `stream` and `channel` is needed. */
export interface RedisOptions extends DeliveryOptions {
  /** The key of a stream, to which events are added. */
  readonly stream?: string;
  /** The channel on which events are published. */
  readonly channel?: string;
  /** About how many entries the stream keeps, the newest. @default all */
  readonly maxLength?: number;
}

const DEFAULTS: TargetSettings = { ...DELIVERY_DEFAULTS, batch: { events: 1000, bytes: 1024 * 1024, seconds: 0 } };
/** Replies that pass: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors names an error by its first word. */
const LATER = /^(OOM|LOADING|BUSY|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF)\b/;
const CREDENTIAL = /^(NOAUTH|WRONGPASS|NOPERM)\b/;

/** What is used of ioredis. */
interface Client {
  connect(): Promise<void>;
  disconnect(): void;
  on(name: "error", listener: (error: Error) => void): void;
  pipeline(commands: readonly (readonly (string | number)[])[]): {
    exec(): Promise<readonly (readonly [Error | null, unknown])[] | null>;
  };
}
interface Ioredis {
  readonly Redis: new (url: string, options: object) => Client;
}

/**
 * Adds each event to a stream of Redis, or publishes it on a channel, and passes it on. Needs the package `ioredis`:
 * `npm install ioredis` in the route directory.
 *
 * Sent: `XADD stream MAXLEN ~ maxLength * event JSON`, or `PUBLISH channel JSON`, the JSON as `stdout()` prints the event;
 * all commands of a batch in one pipeline.
 * Limits: 1,000 events a pipeline, one at a time; the order is kept.
 * Tried again: a broken connection, no answer, and events whose reply is one that passes, such as `OOM`, `LOADING` and
 * `READONLY`.
 * Given up: events with any other error as reply, such as `WRONGTYPE`; all of a batch when name or password are wrong.
 * Duplicates: commands whose reply was lost are sent again: their events are there twice.
 *
 * @param url - `redis://user:password@host:6379/0`, or `rediss:` with TLS, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is none, an option cannot work, or the package is not there.
 * @category Output
 * @example
 * pipeline("to a stream", [redis("redis://redis.example.com", { stream: "events", maxLength: 1_000_000 })]);
 */
export function redis(url: string | Secret, options: RedisOptions): Through<EventOrList> {
  checkKeys("redis", options, [...DELIVERY_OPTIONS, "stream", "channel", "maxLength"]);
  const { stream, channel, maxLength, name, deadLetters } = options;
  if (!(url instanceof Secret)) checkOption("redis", "url", url, REDIS_URL);
  if (stream !== undefined && channel !== undefined)
    throw new FastTsError("FTS_STAGE_OPTION", "redis(options): takes stream or channel, not both");
  checkOption("redis", channel === undefined ? "stream" : "channel", channel ?? stream, aString);
  if (maxLength !== undefined) checkOption("redis", "maxLength", maxLength, atLeastOne);
  const driver = findDriver("redis", "ioredis");
  const where = channel ?? stream ?? "";
  const trim = maxLength === undefined ? [] : ["MAXLEN", "~", maxLength];
  const commandOf = (json: string) =>
    channel === undefined ? ["xadd", where, ...trim, "*", "event", json] : ["publish", where, json];
  const settings = settingsOf("redis", options, DEFAULTS);
  const label = `redis ${name ?? labelOf(url)} ${where}`;

  const rendered = (items: readonly EventOrList[]): Rendered[] =>
    items.flatMap(eventsOf).map((event) => {
      const command = commandOf(JSON.stringify(event));
      return { to: command.slice(0, -1).join(" "), body: String(command.at(-1)) };
    });
  const open = (_: TargetScope): TargetWriter<EventOrList> => {
    const connection = new KeptConnection<Client>(
      async () => {
        const { Redis } = await loadDriver<Ioredis>(driver);
        const client = new Redis(reveal(url), { ...ONE_TRY, connectTimeout: settings.timeout * 1000 });
        let reason: Error | null = null;
        client.on("error", (error) => {
          reason = error;
        });
        // What it rejects with is "Connection is closed", whatever the reason.
        await client.connect().catch((thrown: unknown) => Promise.reject(reason ?? thrown));
        return client;
      },
      (client) => client.disconnect(),
    );
    return {
      async write(items, signal) {
        signal.addEventListener("abort", () => connection.drop(), { once: true });
        const owners = items.flatMap((item, index) => eventsOf(item).map(() => index));
        const commands = items.flatMap((item) => eventsOf(item).map((event) => commandOf(JSON.stringify(event))));
        const replies = await connection
          .get()
          .then((client) => client.pipeline(commands).exec())
          .catch((thrown: unknown) => {
            connection.drop();
            throw failureOf(coerceError(thrown), label);
          });
        const failures = (replies ?? []).map(([error]) => (error === null ? null : failureOf(error, label)));
        const isBroken = failures.some((failure) => failure?.verdict === "retry" && !LATER.test(failure.answer));
        if (isBroken || replies === null) connection.drop();
        const failure = combined(failures, owners);
        if (failure !== null) throw failure;
      },
      close: () => connection.drop(),
    };
  };
  const id = `redis ${name ?? targetKey(url)} ${where} ${maxLength ?? ""}`;
  return deliverySink("redis", { id, label, settings, open, rendered }, { deadLetters });
}

/** Trying again is for us. */
const ONE_TRY = { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => null };

const REDIS_URL: Rule = {
  must: 'a URL such as "redis://redis.example.com:6379" or a secret("NAME")',
  test: (v) => typeof v === "string" && /^rediss?:\/\/./.test(v) && URL.canParse(v),
};

/** An error of Redis begins with a word in capitals; any other is of the connection. */
function failureOf({ message }: Error, label: string): DeliveryFailure {
  const isReply = /^[A-Z]+ /.test(message);
  const verdict = CREDENTIAL.test(message) ? "failed" : isReply && !LATER.test(message) ? "refused" : "retry";
  return new DeliveryFailure(verdict, mask(`${label}: ${message}`), { answer: mask(message) });
}
