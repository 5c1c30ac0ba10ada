import { randomBytes } from "node:crypto";
import type { Event } from "../core/event.ts";
import type { Verdict } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { coerceError } from "../errors.ts";
import { madeOr } from "./combined-failure.ts";

/** What is used of mqtt. */
export interface MqttPackage {
  connect(options: object): Client;
}
interface Client {
  readonly stream: { setNoDelay?(isOn: boolean): void };
  on(name: "connect" | "disconnect" | "packetreceive", listener: (packet: Packet) => void): void;
  on(name: "error", listener: (error: Error) => void): void;
  on(name: "close", listener: () => void): void;
  publish(topic: string, payload: string, options: object, done: (error?: Error | null) => void): void;
  sendPing(): void;
  end(isForced: boolean): void;
}
interface Packet {
  readonly cmd?: string;
  readonly reasonCode?: number;
  readonly properties?: {
    readonly receiveMaximum?: number;
    readonly maximumPacketSize?: number;
    readonly reasonString?: string;
  };
}

export interface MqttLinkOptions {
  readonly topicOf: (event: Event) => string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly label: string;
  /** Called when the connection is closed. */
  readonly broken: () => void;
}

/**
 * Messages that may be on their way when the broker does not say:
 * https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html#_Toc3901083
 */
const MAX_UNCONFIRMED_MESSAGES = 65_535;
/** With QoS 2 and version 3.1.1 mosquitto closes the connection at more, and does not say so. */
const SAFE_UNCONFIRMED_MESSAGES = 20;
/** What a message has beside topic and payload, at most, as we make it. */
const MAX_HEADER_BYTES = 16;
const MAX_TOPIC_BYTES = 65_535;

/** What to connect to, as the driver takes it. */
export function mqttAddress(text: string): object {
  const { protocol, hostname, port, username, password } = new URL(text);
  return {
    protocol: protocol.slice(0, -1),
    host: hostname.replace(/^\[|\]$/g, ""),
    clientId: `fast-ts-${randomBytes(6).toString("hex")}`,
    ...(port !== "" && { port: Number(port) }),
    ...(username !== "" && { username: decodeURIComponent(username), password: decodeURIComponent(password) }),
  };
}

/** A connection to a broker. It is never mended: another one takes its place. */
export class MqttLink {
  readonly #client: Client;
  readonly #options: MqttLinkOptions;
  /** Who waits for the broker, to hear of its end. */
  readonly #waiting = new Set<(failure: DeliveryFailure | null) => void>();
  /** Who waits until fewer wait. */
  readonly #held: (() => void)[] = [];
  readonly #window: number;
  readonly #maxBytes: number;
  #reason: DeliveryFailure | null = null;

  /** @throws DeliveryFailure when the broker cannot be reached, or does not want us. */
  static open(client: Client, options: MqttLinkOptions): Promise<MqttLink> {
    return new Promise((resolve, reject) => {
      client.on("error", (error) => reject(mqttFailure(error, options.label)));
      client.on("close", () => reject(new DeliveryFailure("retry", `${options.label}: the connection was closed`)));
      client.on("connect", ({ properties }) => resolve(new MqttLink(client, options, properties ?? {})));
    });
  }

  private constructor(client: Client, options: MqttLinkOptions, allowed: NonNullable<Packet["properties"]>) {
    this.#client = client;
    this.#options = options;
    this.#window = allowed.receiveMaximum ?? (options.qos === 2 ? SAFE_UNCONFIRMED_MESSAGES : MAX_UNCONFIRMED_MESSAGES);
    this.#maxBytes = allowed.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    const { label } = options;
    client.stream.setNoDelay?.(true);
    client.on("disconnect", ({ reasonCode = 0, properties }) => {
      const said = properties?.reasonString ?? "the broker has closed the connection";
      this.#reason = new DeliveryFailure(verdictOf(reasonCode), `${label}: ${said} (reason ${reasonCode})`, {
        answer: `reason ${reasonCode}: ${said}`,
      });
    });
    client.on("error", (error) => {
      this.#reason ??= mqttFailure(error, label);
    });
    client.on("packetreceive", ({ cmd }) => {
      if (cmd === "pingresp") this.#tell(null);
    });
    client.on("close", () => {
      this.#reason ??= new DeliveryFailure("retry", `${label}: the connection was closed`);
      this.#tell(this.#reason);
      options.broken();
    });
  }

  /** Why the broker has closed the connection, when an event is to blame and it does not say which. */
  get refusal(): DeliveryFailure | null {
    return this.#reason?.verdict === "refused" ? this.#reason : null;
  }

  /** What became of each event: null when the broker has it. */
  async publish(events: readonly Event[]): Promise<readonly (DeliveryFailure | null)[]> {
    const told: Promise<DeliveryFailure | null>[] = [];
    for (const event of events) {
      while (this.#waiting.size >= this.#window) await new Promise<void>((resolve) => this.#held.push(resolve));
      told.push(this.#publish(event));
    }
    const failures = await Promise.all(told);
    if (this.#options.qos > 0) return failures;
    // It answers in order: what came before the ping has been read.
    const lost = await this.#told(() => this.#client.sendPing());
    return lost === null ? failures : failures.map((failure) => failure ?? lost);
  }

  close(): void {
    this.#client.end(true);
  }

  async #publish(event: Event): Promise<DeliveryFailure | null> {
    const { topicOf, qos, retain, label } = this.#options;
    const [topic, payload] = [madeOr(label, () => topicOf(event)), JSON.stringify(event)];
    if (topic instanceof DeliveryFailure) return topic;
    if (!isTopic(topic)) return new DeliveryFailure("refused", `${label}: ${JSON.stringify(topic)} is no topic`);
    const bytes = Buffer.byteLength(topic) + Buffer.byteLength(payload) + MAX_HEADER_BYTES;
    if (bytes > this.#maxBytes)
      return new DeliveryFailure(
        "refused",
        `${label}: the broker takes messages of ${this.#maxBytes} bytes, this has ${bytes}`,
      );
    return this.#told((tell) =>
      this.#client.publish(topic, payload, { qos, retain }, (error) => tell(error ? mqttFailure(error, label) : null)),
    );
  }

  /** What was told of something that was begun; also the end of the connection is. */
  #told(begin: (tell: (failure: DeliveryFailure | null) => void) => void): Promise<DeliveryFailure | null> {
    if (this.#reason !== null) return Promise.resolve(this.#reason);
    return new Promise((resolve) => {
      const tell = (failure: DeliveryFailure | null): void => {
        this.#waiting.delete(tell);
        resolve(failure);
        this.#held.shift()?.();
      };
      this.#waiting.add(tell);
      begin(tell);
    });
  }

  #tell(failure: DeliveryFailure | null): void {
    for (const tell of [...this.#waiting]) tell(failure);
  }
}

/** Whether something may be published under it: no wildcard, and nothing at which brokers close the connection. */
export function isTopic(topic: unknown): boolean {
  if (typeof topic !== "string" || topic === "" || Buffer.byteLength(topic) > MAX_TOPIC_BYTES) return false;
  return !/[+#\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(topic);
}

/** By the reason codes of MQTT 5, 2.4: what the broker says of a message, or of all of them. */
function verdictOf(code: number): Verdict {
  return REFUSED.has(code) ? "refused" : "retry";
}

/** Malformed, protocol error, not authorized, topic name invalid, packet too large, payload format invalid. */
const REFUSED = new Set([0x81, 0x82, 0x87, 0x90, 0x95, 0x99]);

/** An error of the driver, with the code of the broker's answer where there is one. */
export function mqttFailure(thrown: unknown, label: string): DeliveryFailure {
  if (thrown instanceof DeliveryFailure) return thrown;
  const error: Error & { readonly code?: unknown } = coerceError(thrown);
  const { code, message } = error;
  if (typeof code !== "number") return new DeliveryFailure("retry", `${label}: ${message}`);
  const verdict = message.startsWith("Connection refused") ? refusalOf(code) : verdictOf(code);
  return new DeliveryFailure(verdict, `${label}: ${message}`, { answer: message });
}

/**
 * A broker that is unavailable or busy (3; 0x88, 0x89, 0x97, 0x9f) may let us in later; who is not known to it, it will
 * not.
 */
function refusalOf(code: number): Verdict {
  return [3, 0x88, 0x89, 0x97, 0x9f].includes(code) ? "retry" : "failed";
}
