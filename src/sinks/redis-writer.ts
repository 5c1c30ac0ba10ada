import { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import type { TargetWriter } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { mask } from "../delivery/secret-mask.ts";
import { type TlsFiles, TlsMaterial } from "../delivery/tls-material.ts";
import { coerceError } from "../errors.ts";
import { combined } from "./combined-failure.ts";
import { type Driver, loadDriver } from "./driver.ts";
import { KeptConnection } from "./kept-connection.ts";

/** What a writer to Redis is made of: plain, for it crosses threads. */
export interface RedisConfig {
  readonly url: string;
  readonly label: string;
  /** The command of each event, but for its JSON. */
  readonly command: readonly (string | number)[];
  readonly driver: Driver;
  /** Of a `rediss:` URL. */
  readonly tls: TlsFiles;
  /** Seconds. */
  readonly timeout: number;
}

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

/** Trying again is for us. */
const ONE_TRY = { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => null };

/** Events, or the JSON of each. */
type RedisItem = EventOrList | readonly string[];

export function jsonsOf(item: RedisItem): readonly string[] {
  const all: readonly (Event | string)[] = item instanceof Event ? [item] : item;
  return all.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
}

/** Writes the events of each item, as JSON, each by a command. What was spilled may be of either kind. */
export function open({ url, label, command, driver, timeout, tls }: RedisConfig): TargetWriter<RedisItem> {
  const material = new TlsMaterial(tls);
  const connection = new KeptConnection<Client>(
    async (_, dropped) => {
      const { Redis } = await loadDriver<Ioredis>(driver);
      dropped.throwIfAborted();
      const client = new Redis(url, {
        ...ONE_TRY,
        connectTimeout: timeout * 1000,
        ...(url.startsWith("rediss:") && { tls: { ...material.read() } }),
      });
      // Its greeting has no time limit of its own.
      dropped.addEventListener("abort", () => client.disconnect(), { once: true });
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
      const jsons = items.map(jsonsOf);
      const owners = jsons.flatMap((item, index) => item.map(() => index));
      const commands = jsons.flat().map((json) => [...command, json]);
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
}

/** An error of Redis begins with a word in capitals; any other is of the connection. */
function failureOf({ message }: Error, label: string): DeliveryFailure {
  const isReply = /^[A-Z]+ /.test(message);
  const verdict = CREDENTIAL.test(message) ? "failed" : isReply && !LATER.test(message) ? "refused" : "retry";
  return new DeliveryFailure(verdict, mask(`${label}: ${message}`), { answer: mask(message) });
}
