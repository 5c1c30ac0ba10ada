import type { Clock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { Verdict } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { coerceError } from "../errors.ts";
import { madeOr } from "./combined-failure.ts";
import { MAX_DATE_SECONDS } from "./event-date.ts";

/** What is used of amqplib. */
export interface Amqplib {
  connect(url: string, options: object): Promise<Connection>;
}
interface Connection {
  readonly connection: { readonly stream: { destroy(): void } };
  createConfirmChannel(): Promise<Channel>;
  close(): Promise<unknown>;
  on(name: "error" | "close" | "blocked" | "unblocked", listener: (said: unknown) => void): void;
}
interface Channel {
  publish(
    exchange: string,
    key: string,
    content: Buffer,
    options: object,
    confirmed: (error: unknown) => void,
  ): boolean;
  on(name: "error" | "close", listener: (error: unknown) => void): void;
  on(name: "return", listener: (message: Returned) => void): void;
}
interface Returned {
  readonly fields: { readonly replyCode: number; readonly replyText: string };
  readonly properties: { readonly messageId?: string };
}

/** Where messages go, and how. */
export interface AmqpRoute {
  readonly exchange: string;
  readonly keyOf: (event: Event) => string;
  readonly persistent: boolean;
  readonly mandatory: boolean;
}

export interface AmqpLinkOptions {
  readonly route: AmqpRoute;
  /** The message id of an event. */
  readonly idOf: (event: Event) => string;
  readonly label: string;
  readonly clock: Clock;
  /** Called when channel or connection are closed. */
  readonly broken: () => void;
}

/** Names are short strings of AMQP. */
export const MAX_NAME_BYTES = 255;
/** A broker that does not answer is not waited for any longer. */
const CLOSE_SECONDS = 2;

/** A connection to a broker with a channel that confirms. */
export class AmqpLink {
  readonly #connection: Connection;
  readonly #channel: Channel;
  readonly #options: AmqpLinkOptions;
  /** What became of events, until that was heard: they are not sent again meanwhile. */
  readonly #sent = new WeakMap<Event, Promise<DeliveryFailure | null>>();
  /** By message id: no queue wants them. That is said before they are confirmed. */
  readonly #returned = new Map<string, DeliveryFailure>();
  /** What the broker said when it closed channel or connection. */
  #reason: DeliveryFailure | null = null;
  #isBlocked = false;

  /** @throws Error when there is no connection. */
  static async open(connected: Promise<Connection>, options: AmqpLinkOptions): Promise<AmqpLink> {
    const connection = await connected;
    connection.on("error", () => {}); // until there is a channel
    try {
      return new AmqpLink(connection, await connection.createConfirmChannel(), options);
    } catch (thrown) {
      connection.connection.stream.destroy();
      throw thrown;
    }
  }

  private constructor(connection: Connection, channel: Channel, options: AmqpLinkOptions) {
    this.#connection = connection;
    this.#channel = channel;
    this.#options = options;
    connection.on("blocked", () => {
      this.#isBlocked = true;
    });
    connection.on("unblocked", () => {
      this.#isBlocked = false;
    });
    for (const one of [connection, channel]) {
      one.on("error", (error) => {
        this.#reason ??= amqpFailure(error, options.label);
      });
      one.on("close", options.broken);
    }
    channel.on("return", ({ fields: { replyCode, replyText }, properties: { messageId = "" } }) => {
      const answer = `${replyCode} ${replyText}`;
      const said = `${options.label}: ${answer}: no queue is bound for its routing key`;
      this.#returned.set(messageId, new DeliveryFailure("refused", said, { answer }));
    });
  }

  /** Whether the broker reads nothing for now. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Why the broker has closed the channel, when an event is to blame and it does not say which. */
  get refusal(): DeliveryFailure | null {
    return this.#reason?.verdict === "refused" ? this.#reason : null;
  }

  /** Resolves when the broker has confirmed the event, or with why it does not have it. */
  publish(event: Event): Promise<DeliveryFailure | null> {
    const sent = this.#sent.get(event) ?? this.#publish(event);
    this.#sent.set(event, sent);
    return sent;
  }

  /** What became of these was heard. */
  forget(events: readonly Event[]): void {
    for (const event of events) this.#sent.delete(event);
  }

  close(): void {
    const { clock } = this.#options;
    const cancel = clock.after(CLOSE_SECONDS, () => this.#connection.connection.stream.destroy());
    this.#connection.close().then(cancel, cancel);
  }

  async #publish(event: Event): Promise<DeliveryFailure | null> {
    const { label, route, idOf } = this.#options;
    const key = madeOr(label, () => route.keyOf(event));
    if (key instanceof DeliveryFailure) return key;
    if (Buffer.byteLength(key) > MAX_NAME_BYTES)
      return new DeliveryFailure("refused", `${label}: a routing key must have at most ${MAX_NAME_BYTES} bytes`);
    const messageId = idOf(event);
    const properties = {
      persistent: route.persistent,
      mandatory: route.mandatory,
      messageId,
      appId: "fast-ts",
      contentType: "application/json",
      timestamp: Math.floor(Math.min(Math.max(0, event.time), MAX_DATE_SECONDS)),
    };
    try {
      await new Promise<void>((resolve, reject) => {
        const content = Buffer.from(JSON.stringify(event));
        this.#channel.publish(route.exchange, key, content, properties, (error) => {
          if (error) reject(error);
          else resolve();
        });
      });
      return this.#returned.get(messageId) ?? null;
    } catch (thrown) {
      return this.#reason ?? amqpFailure(thrown, label);
    } finally {
      this.#returned.delete(messageId);
    }
  }
}

/** By the reply code of the protocol: https://www.rabbitmq.com/amqp-0-9-1-reference#constants */
export function amqpFailure(thrown: unknown, label: string): DeliveryFailure {
  if (thrown instanceof DeliveryFailure) return thrown;
  const { message } = coerceError(thrown);
  const [, code = ""] = /\b([345]\d\d)\b/.exec(message) ?? [];
  const hint = message.startsWith("Expected ConnectionOpenOk")
    ? ": is the virtual host there, and may the user enter it?"
    : code === "404"
      ? ": it is tried until the exchange is there"
      : "";
  return new DeliveryFailure(VERDICTS[code] ?? "retry", `${label}: ${message}${hint}`, { answer: code && message });
}

/** What another try does not mend: no access; a message that is too large, or none. */
const VERDICTS: Readonly<Record<string, Verdict>> = { 403: "failed", 311: "refused", 406: "refused" };
