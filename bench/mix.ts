/*
 * The load generator's mix of events (its build_event): same fields, same odds, so that figures can be compared.
 * Every metric is a multiple of 1/4, so a sum of them is exact in any order.
 */
const SERVICES = [
  "disk /var",
  "disk /",
  "cpu user",
  "cpu idle",
  "memory used",
  "load 1m",
  "net eth0 rx bytes",
  "net eth0 tx bytes",
  "api GET /v1/users latency",
  "api POST /v1/orders latency",
  "jvm gc pause ms",
  "http 5xx rate",
  "queue depth orders",
  "postgres connections",
  "redis ops",
  "swap used",
];
const TAGS = ["production", "staging", "web", "latency", "collectd", "disk", "http", "eu"];
const REGIONS = ["eu-west-1", "us-east-1", "ap-south-1"];
const NOW_MICROS = 1_760_000_000_000_000;
const MAX_EVENT_BYTES = 4096;

export interface Mix {
  readonly eventsPerMessage: number;
  /** @default 100 */
  readonly hosts?: number;
  /** @default 20 */
  readonly services?: number;
  /** How many events at least; whole messages are made. @default every host with every service once, 16,384 at least */
  readonly count?: number;
  /** @default 1 */
  readonly seed?: number;
}

export interface Frames {
  /** Whole frames, back to back. */
  readonly frames: Buffer;
  readonly messages: number;
  readonly events: number;
  readonly metricSum: number;
}

/** Frames of the mix; the same options give the same bytes. */
export function buildFrames(mix: Mix): Frames {
  const { eventsPerMessage, hosts = 100, services = 20, seed = 1 } = mix;
  const messages = Math.ceil((mix.count ?? Math.max(16_384, hosts * services)) / eventsPerMessage);
  const out = new Writer(new Random(seed));
  const parts: Buffer[] = [];
  let metricSum = 0;
  for (let message = 0; message < messages; message++) {
    const header = Buffer.alloc(4);
    parts.push(header);
    let length = 0;
    for (let i = 0; i < eventsPerMessage; i++) {
      metricSum += out.event(message * eventsPerMessage + i, hosts, services);
      const event = out.take();
      out.bytes(6, event);
      const field = out.take();
      length += field.length;
      parts.push(field);
    }
    header.writeUInt32BE(length);
  }
  return { frames: Buffer.concat(parts), messages, events: messages * eventsPerMessage, metricSum };
}

/** SplitMix32: small, seeded, good enough for odds. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * limit);
  }
}

class Writer {
  readonly #random: Random;
  readonly #scratch = Buffer.alloc(MAX_EVENT_BYTES);
  #at = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  take(): Buffer {
    const taken = Buffer.from(this.#scratch.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  bytes(field: number, content: string | Buffer): void {
    const body = Buffer.from(content);
    this.#varint(BigInt((field << 3) | 2));
    this.#varint(BigInt(body.length));
    this.#at += body.copy(this.#scratch, this.#at);
  }

  /** Writes event number `i`: every host and service come up in turn. Returns its metric. */
  event(i: number, hosts: number, services: number): number {
    const random = this.#random;
    const micros = NOW_MICROS - random.below(1_000_000);
    const service = i % services;
    if (random.below(100) < 95) this.#int(1, BigInt(Math.floor(micros / 1e6)));
    const state = random.below(100);
    if (state < 90) this.bytes(2, state < 78 ? "ok" : state < 86 ? "warning" : "critical");
    const suffix = service < SERVICES.length ? "" : ` ${Math.floor(service / SERVICES.length)}`;
    this.bytes(3, `${SERVICES[service % SERVICES.length]}${suffix}`);
    this.bytes(4, `web-${String(Math.floor(i / services) % hosts).padStart(3, "0")}`);
    this.#description(random.below(100));
    const firstTag = random.below(TAGS.length);
    for (let k = random.below(4); k > 0; k--) this.bytes(7, TAGS[(firstTag + k) % TAGS.length] ?? "");
    if (random.below(100) < 70) this.#float(8, 30 * 2 ** random.below(3));
    if (random.below(100) < 25) this.#attributes();
    if (random.below(2) === 1) this.#int(10, BigInt(micros));
    return this.#metric(random.below(100));
  }

  #description(odds: number): void {
    const random = this.#random;
    if (odds < 28) {
      const used = `${random.below(100)}.${random.below(10)}%`;
      this.bytes(5, `${used} used of ${64 * 2 ** random.below(4)} GB, threshold 90%`);
    } else if (odds < 30) {
      this.bytes(5, `température élevée – ${40 + random.below(60)} °C`);
    }
  }

  #attributes(): void {
    const random = this.#random;
    this.#attribute("region", REGIONS[random.below(REGIONS.length)] ?? "");
    if (random.below(2) === 1) this.#attribute("version", `1.${random.below(5)}.${random.below(10)}`);
    if (random.below(10) !== 0) return;
    const hex = () =>
      random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, "0");
    this.#attribute("trace_id", `${hex()}${hex()}`);
  }

  #attribute(key: string, value: string): void {
    const pair = Buffer.concat([
      Buffer.from([0x0a, key.length]),
      Buffer.from(key),
      Buffer.from([0x12, value.length]),
      Buffer.from(value),
    ]);
    this.bytes(9, pair);
  }

  /** One metric of one kind, or none. */
  #metric(kind: number): number {
    const random = this.#random;
    if (kind >= 98) return 0;
    if (kind < 50) {
      const double = random.below(4_000_000) / 4;
      this.#varint(BigInt((14 << 3) | 1));
      this.#at = this.#scratch.writeDoubleLE(double, this.#at);
      return double;
    }
    if (kind < 74) {
      const float = random.below(4_000) / 4;
      this.#float(15, float);
      return float;
    }
    const integer = random.below(2_000_000) - 200_000;
    this.#int(13, BigInt(integer < 0 ? -2 * integer - 1 : 2 * integer));
    return integer;
  }

  #float(field: number, value: number): void {
    this.#varint(BigInt((field << 3) | 5));
    this.#at = this.#scratch.writeFloatLE(value, this.#at);
  }

  #int(field: number, value: bigint): void {
    this.#varint(BigInt(field << 3));
    this.#varint(value);
  }

  #varint(value: bigint): void {
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.#scratch[this.#at++] = Number(rest & 127n) | 128;
    this.#scratch[this.#at++] = Number(rest);
  }
}
