import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { encodeFrame, type WireEvent } from "../../src/wire/codec.ts";
import { frameLength, HEADER } from "../../src/wire/frames.ts";
import { MAX_WAIT_SECONDS, until } from "../until.ts";
import type { DaemonProcess } from "./daemon-process.ts";

export interface LoadOptions {
  readonly connections?: number;
  /** Events a message. */
  readonly events?: number;
  /** Messages under way per connection. */
  readonly window?: number;
  /** What event number `at` of each message is, but for its metric. */
  readonly event?: (at: number) => WireEvent;
}

/** What the events with these numbers add up to. */
export interface Tally {
  readonly n: number;
  readonly sum: number;
}

const PLACEHOLDER = 0.123456789;
const ACK_LENGTH = 6;
/** Then the numbers begin again, so that the sum of a thousand million events is still exact. */
const NUMBERS = 1_000_000;

/**
 * Full load with books: every event's metric is its number (0, 1, 2 …), so that a count and a sum tell whether each
 * arrived exactly once. Each connection's host is `load-` and its number.
 */
export class Load {
  readonly #lanes: readonly Lane[];
  readonly #events: number;
  #left = 0;
  #next = 0;

  static async open(t: TestContext, port: number, options: LoadOptions = {}): Promise<Load> {
    const { connections = 4, events = 100, window = 16, event = () => ({ service: "load" }) } = options;
    const load = new Load(connections, events, window, event);
    t.after(() => load.cut());
    await Promise.all(load.#lanes.map((lane) => lane.open(port)));
    return load;
  }

  private constructor(connections: number, events: number, window: number, event: (at: number) => WireEvent) {
    this.#events = events;
    this.#lanes = Array.from({ length: connections }, (_, lane) => {
      const host = `load-${lane}`;
      const all = Array.from({ length: events }, (_, at) => ({ host, ...event(at), metric_d: PLACEHOLDER }));
      return new Lane(host, encodeFrame({ events: all }), window, () => this.#number());
    });
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Events that were sent, those that were acknowledged, and those that were refused with `ok=false`. */
  get sent(): Tally {
    return this.#total((lane) => lane.sent);
  }

  get acked(): Tally {
    return this.#total((lane) => lane.acked);
  }

  get refused(): Tally {
    return this.#total((lane) => lane.refused);
  }

  /**
   * What was acknowledged, once each message that was sent is known to be acknowledged or refused: a busy machine may
   * have some refused, and what they held is nowhere. A worker that was taken for hung is told first: all else is its echo.
   *
   * @param hangs - How many workers are to have hung.
   */
  acknowledged(daemon: DaemonProcess, hangs = 0): Tally {
    assert.equal(daemon.hangs.length, hangs, `workers that hang: ${JSON.stringify(daemon.hangs)}`);
    const { sent, acked, refused } = this;
    assert.equal(this.cutOff, 0, "connections that the daemon closed");
    assert.deepEqual({ n: acked.n + refused.n, sum: acked.sum + refused.sum }, sent, "acknowledged + refused = sent");
    return acked;
  }

  /** Connections that the daemon closed. */
  get cutOff(): number {
    return this.#lanes.filter((lane) => lane.isClosed).length;
  }

  /** The longest that any answer took, seconds. */
  get slowest(): number {
    return Math.max(...this.#lanes.map((lane) => lane.slowest));
  }

  /** Sends so many messages and waits for all answers. */
  async run(messages: number, seconds = MAX_WAIT_SECONDS): Promise<void> {
    this.#left = messages;
    for (const lane of this.#lanes) lane.pump();
    await this.#settled(seconds);
  }

  /** Sends until told to {@link pause}. */
  start(): void {
    this.#left = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) lane.pump();
  }

  /** Sends no more and waits for the answers that are owed. */
  async pause(seconds = MAX_WAIT_SECONDS): Promise<void> {
    this.#left = 0;
    await this.#settled(seconds);
  }

  cut(): void {
    this.#left = 0;
    for (const lane of this.#lanes) lane.cut();
  }

  #settled(seconds: number): Promise<true> {
    return until(
      "all answers",
      () => this.#left === 0 && this.#lanes.every((lane) => lane.owed === 0 || lane.isClosed),
      seconds,
      () => `left ${this.#left}; ${this.#lanes.map((lane) => `${lane.owed} owed, closed ${lane.isClosed}`).join("; ")}`,
    );
  }

  #number(): number {
    if (this.#left <= 0) return -1;
    this.#left--;
    const first = this.#next;
    this.#next = (this.#next + this.#events) % NUMBERS;
    return first;
  }

  #total(of: (lane: Lane) => Tally): Tally {
    const all = this.#lanes.map(of);
    return { n: all.reduce((sum, one) => sum + one.n, 0), sum: all.reduce((sum, one) => sum + one.sum, 0) };
  }
}

/** One connection of a load. */
export class Lane {
  readonly host: string;
  /** The first event's number of every message, in the order they were sent. */
  readonly messages: number[] = [];
  readonly answers: boolean[] = [];
  isClosed = false;
  slowest = 0;
  readonly #template: Buffer;
  readonly #metrics: readonly number[];
  readonly #window: number;
  readonly #number: () => number;
  readonly #sentAt: number[] = [];
  #socket: Socket | null = null;
  #rest: Buffer = Buffer.alloc(0);

  constructor(host: string, template: Buffer, window: number, number: () => number) {
    this.host = host;
    this.#template = template;
    this.#metrics = placesOf(template);
    this.#window = window;
    this.#number = number;
  }

  get owed(): number {
    return this.messages.length - this.answers.length;
  }

  get sent(): Tally {
    return this.#tally(() => true);
  }

  get acked(): Tally {
    return this.#tally((message) => this.answers[message] === true);
  }

  get refused(): Tally {
    return this.#tally((message) => this.answers[message] === false);
  }

  open(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true }, resolve);
      socket.once("error", reject);
      socket.on("close", () => {
        this.isClosed = true;
      });
      socket.on("data", (bytes) => this.#take(bytes));
      this.#socket = socket;
    });
  }

  pump(): void {
    const frames: Buffer[] = [];
    while (!this.isClosed && this.owed < this.#window) {
      const first = this.#number();
      if (first < 0) break;
      const frame = Buffer.from(this.#template);
      for (const [i, at] of this.#metrics.entries()) frame.writeDoubleLE(first + i, at);
      frames.push(frame);
      this.messages.push(first);
      this.#sentAt.push(performance.now());
    }
    if (frames.length > 0) this.#socket?.write(Buffer.concat(frames));
  }

  cut(): void {
    this.#socket?.destroy();
  }

  /** What the first `messages` of this connection that were not refused add up to. */
  prefix(messages: number): Tally {
    let left = messages;
    return this.#tally((message) => this.answers[message] !== false && left-- > 0);
  }

  #tally(has: (message: number) => boolean): Tally {
    const each = this.#metrics.length;
    let n = 0;
    let sum = 0;
    for (const [message, first] of this.messages.entries()) {
      if (!has(message)) continue;
      n += each;
      sum += first * each + (each * (each - 1)) / 2;
    }
    return { n, sum };
  }

  #take(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (all.length - at >= HEADER && all.length - at - HEADER >= frameLength(all, at)) {
      const length = HEADER + frameLength(all, at);
      const sentAt = this.#sentAt[this.answers.length] ?? 0;
      this.slowest = Math.max(this.slowest, (performance.now() - sentAt) / 1000);
      this.answers.push(length === ACK_LENGTH);
      at += length;
    }
    this.#rest = all.subarray(at);
    this.pump();
  }
}

function placesOf(frame: Buffer): number[] {
  const wanted = Buffer.alloc(8);
  wanted.writeDoubleLE(PLACEHOLDER);
  const places: number[] = [];
  for (let at = frame.indexOf(wanted); at >= 0; at = frame.indexOf(wanted, at + 8)) places.push(at);
  return places;
}
