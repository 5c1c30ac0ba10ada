import { createSocket } from "node:dgram";
import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { checkKeys, checkOption, oneOf } from "../core/option.ts";
import { type PeerAddress, type Stage, show, type Through, through } from "../core/stage.ts";
import type { TargetScope, TargetSettings, TargetWriter } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { FastTsError } from "../errors.ts";
import { EventEncoder, hopsOf } from "../wire/encode.ts";
import { type Address, readAddress } from "./riemann-address.ts";
import { RiemannConnection } from "./riemann-connection.ts";
import { targetIdentity } from "./target-identity.ts";

/** How events are sent to other routers; a field left out has its default. */
export interface ForwardOptions extends DeliveryOptions, TlsFiles {
  /**
   * With several servers: `"failover"` sends to the first that takes events, `"hash"` sends each host's events to always
   * the same one, `"all"` sends everything to each. @default "failover"
   */
  readonly mode?: "failover" | "hash" | "all";
}

const CONNECT_SECONDS = 10;
/** An event that this many routers have forwarded is in a loop. */
const MAX_HOPS = 8;
/** Longest datagram that Riemann takes, bytes. */
const MAX_DATAGRAM_BYTES = 16_384;

const DEFAULTS: TargetSettings = { ...DELIVERY_DEFAULTS, concurrency: 8 };

/**
 * Sends events to another router that speaks Riemann's protocol, this one or Riemann itself, and passes them on.
 *
 * Sent: Riemann's messages of many events, several under way on one connection; each counts as delivered when the server
 * has acknowledged it. By `udp://` nothing is acknowledged: an event is delivered when it is sent. Each event has the
 * attribute `fast-ts hops`, counted up.
 * Limits: 500 events a message, 8 messages under way, by `udp://` 16,384 bytes a datagram; the order is kept.
 * Tried again: what was under way when the connection breaks, and a message that is not acknowledged in time.
 * Given up: a message that the server turns down (`ok=false`) three times; an event that has made 8 hops, which ends loops
 * of routers; by `udp://` an event that is longer than a datagram.
 * Duplicates: events that were under way when the connection broke may come twice.
 *
 * @param to - `host:port`, `tls://host:port` or `udp://host:port`, or a list of them; the port is 5555 (TLS: 5554) when
 * it is left out. A port of this router itself is refused when the routes load.
 * @throws FastTsError `FTS_STAGE_OPTION` when `to` is no address or an option cannot work.
 * @category Output
 * @example
 * pipeline("everything to the central router", [forward("central.example.com:5555")]);
 * pipeline("one of two", [forward(["tls://a.example.com", "tls://b.example.com"], { mode: "failover" })]);
 */
export function forward(to: string | readonly string[], options: ForwardOptions = {}): Through<EventOrList> {
  checkKeys("forward", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "mode"]);
  const { mode = "failover", ...rest } = options;
  checkOption("forward", "mode", mode, oneOf("failover", "hash", "all"));
  const texts = typeof to === "string" ? [to] : to;
  const addresses = texts.map(checkAddress);
  if (addresses.length === 0) throw new FastTsError("FTS_STAGE_OPTION", "forward(to): must name a server, got none");
  if (mode === "failover" || addresses.length === 1) return toFirst(addresses, rest);
  return mode === "all" ? toAll(addresses, rest) : byHost(addresses, rest);
}

function checkAddress(text: unknown): Address {
  const address = typeof text === "string" ? readAddress(text) : null;
  if (address !== null) return address;
  const must = 'must be "host:port", "tls://host:port" or "udp://host:port"';
  throw new FastTsError("FTS_STAGE_OPTION", `forward(to): ${must}, got ${show(text)}`);
}

function toFirst(addresses: readonly Address[], options: Omit<ForwardOptions, "mode">): Through<EventOrList> {
  const where = addresses.map(({ label }) => label).join(", ");
  const { name, deadLetters } = options;
  const identity = targetIdentity("forward", { name, shown: where, address: [where] });
  const settings = settingsOf("forward", options, DEFAULTS);
  const open = (scope: TargetScope): TargetWriter<EventOrList> => failover(addresses, options, scope);
  const rendered = (items: readonly EventOrList[]) => [
    { to: where, body: new EventEncoder(true).frame(items.flatMap(eventsOf)) },
  ];
  const spec = { ...identity, settings, open, rendered };
  const unwanted = `${MAX_HOPS} routers have forwarded it: they are in a loop`;
  return deliverySink("forward", spec, { deadLetters, accepts: isNoLoop, unwanted, to: addresses.map(peerOf) });
}

function isNoLoop(event: Event): boolean {
  return hopsOf(event) < MAX_HOPS;
}

function peerOf({ host, port, isSecure, isUdp }: Address): PeerAddress {
  return { transport: isUdp ? "udp" : isSecure ? "tls" : "tcp", host, port };
}

/** Sends to one server until that fails, and from then on to the next. */
function failover(addresses: readonly Address[], tls: TlsFiles, { clock }: TargetScope): TargetWriter<EventOrList> {
  const encoder = new EventEncoder(true);
  const servers = addresses.map((address) =>
    address.isUdp
      ? new Datagrams(address, encoder)
      : new Stream(new RiemannConnection(address, clock, CONNECT_SECONDS, tls), encoder),
  );
  let at = 0;
  return {
    async write(items, signal) {
      const turn = at;
      const server = servers[turn % servers.length];
      try {
        await server?.send(items, signal);
      } catch (thrown) {
        if (turn === at) at++; // of all messages that fail with it only the first one moves on
        throw thrown;
      }
    },
    close() {
      for (const server of servers) server.close();
    },
  };
}

class Stream {
  readonly #connection: RiemannConnection;
  readonly #encoder: EventEncoder;

  constructor(connection: RiemannConnection, encoder: EventEncoder) {
    this.#connection = connection;
    this.#encoder = encoder;
  }

  send(items: readonly EventOrList[], signal: AbortSignal): Promise<void> {
    return this.#connection.send(this.#encoder.frame(items.flatMap(eventsOf)), signal);
  }

  close(): void {
    this.#connection.close();
  }
}

/** Messages without an answer, each as many events as a datagram holds. */
class Datagrams {
  readonly #address: Address;
  readonly #encoder: EventEncoder;
  readonly #socket;

  constructor(address: Address, encoder: EventEncoder) {
    this.#address = address;
    this.#encoder = encoder;
    this.#socket = createSocket(address.host.includes(":") ? "udp6" : "udp4");
    this.#socket.on("error", () => {});
    this.#socket.unref();
  }

  async send(items: readonly EventOrList[]): Promise<void> {
    const isTooLong = (event: Event): boolean => this.#encoder.msg([event]).length > MAX_DATAGRAM_BYTES;
    const rejected = items.flatMap((item, index) => (eventsOf(item).some(isTooLong) ? [index] : []));
    await this.#sendAll(items.flatMap((item, index) => (rejected.includes(index) ? [] : eventsOf(item))));
    if (rejected.length === 0) return;
    const message = `${this.#address.label}: an event is longer than a datagram of ${MAX_DATAGRAM_BYTES} bytes`;
    throw new DeliveryFailure("refused", message, { rejected });
  }

  async #sendAll(events: readonly Event[]): Promise<void> {
    if (events.length === 0) return;
    const bytes = this.#encoder.msg(events);
    if (bytes.length <= MAX_DATAGRAM_BYTES) return this.#post(bytes);
    const middle = events.length >> 1;
    await this.#sendAll(events.slice(0, middle));
    await this.#sendAll(events.slice(middle));
  }

  close(): void {
    this.#socket.close();
  }

  #post(bytes: Buffer): Promise<void> {
    const { host, port, label } = this.#address;
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, port, host, (error) =>
        error === null ? resolve() : reject(new DeliveryFailure("retry", `${label}: ${error.message}`)),
      );
    });
  }
}

function toAll(addresses: readonly Address[], options: Omit<ForwardOptions, "mode">): Through<EventOrList> {
  return spread(addresses, options, (value, servers) => {
    for (const give of servers) give(value);
  });
}

function byHost(addresses: readonly Address[], options: Omit<ForwardOptions, "mode">): Through<EventOrList> {
  return spread(addresses, options, (value, servers) => {
    for (const event of eventsOf(value)) servers[hash(event.host ?? "") % servers.length]?.(event);
  });
}

/** A branch with a queue of its own for each server. */
function spread(
  addresses: readonly Address[],
  options: Omit<ForwardOptions, "mode">,
  deal: (value: EventOrList, servers: readonly ((value: EventOrList) => void)[]) => void,
): Through<EventOrList> {
  const { name, ...rest } = options;
  const branches: Record<string, readonly Stage<never, unknown>[]> = {};
  for (const address of addresses)
    branches[address.label] = [
      toFirst([address], { ...rest, ...(name !== undefined && { name: `${name} ${address.label}` }) }),
    ];
  return through<EventOrList>(
    "forward",
    (context) => {
      const servers = Object.keys(branches).map((label) => context.branch<EventOrList>(label, () => {}).receive);
      return (value) => {
        deal(value, servers);
        context.emit(value);
      };
    },
    { takes: "either", branches },
  );
}

/** FNV-1a, 32 bits: the same host goes to the same server from every router. */
function hash(text: string): number {
  let hashed = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hashed = Math.imul(hashed ^ text.charCodeAt(i), 0x01000193);
  return hashed >>> 0;
}
