import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ACK } from "../src/wire/frames.ts";
import type { LoadPool } from "./load-pool.ts";

/** What a connection tells the load generator. */
export interface LoadCounts {
  /** A message that was admitted (open loop: was due) at `since`, ms, is acknowledged. */
  acked(since: number, metricSum: number): void;
  /** The connection broke, or an answer was no plain ack, with `owed` messages unanswered. */
  broke(owed: number): void;
}

/** One client: keeps up to a window of messages in flight, walking the pool in a circle. */
export class LoadConnection {
  admitted = 0;
  acked = 0;
  isOpen = true;
  readonly #socket: Socket;
  readonly #pool: LoadPool;
  readonly #window: number;
  readonly #counts: LoadCounts;
  readonly #since: Float64Array;
  #head: number;
  #tail: number;
  #phase = 0;
  /** Called after each read of acks. */
  onAcks: () => void = () => {};

  private constructor(socket: Socket, pool: LoadPool, window: number, first: number, counts: LoadCounts) {
    this.#socket = socket;
    this.#pool = pool;
    this.#window = window;
    this.#counts = counts;
    this.#since = new Float64Array(window);
    this.#head = this.#tail = first;
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("error", () => this.#break());
    socket.on("close", () => this.#break());
  }

  /** @param first - The frame to begin with: connections start at different places. */
  static async open(
    port: number,
    pool: LoadPool,
    window: number,
    first: number,
    counts: LoadCounts,
  ): Promise<LoadConnection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new LoadConnection(socket, pool, window, first, counts);
  }

  get hasRoom(): boolean {
    return this.isOpen && this.admitted - this.acked < this.#window;
  }

  /** Takes one more message into the window; `send` then writes all that were taken. */
  admit(since: number): void {
    this.#since[this.admitted++ % this.#window] = since;
  }

  /** Writes the last `count` admitted messages: one write, or two at the pool's end. */
  send(count: number): void {
    const { bytes, offsets, sums } = this.#pool;
    for (let left = count; left > 0; ) {
      const step = Math.min(left, sums.length - this.#head);
      this.#socket.write(bytes.subarray(offsets[this.#head], offsets[this.#head + step]));
      this.#head = (this.#head + step) % sums.length;
      left -= step;
    }
  }

  close(): void {
    this.isOpen = false;
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== ACK[this.#phase] || this.acked === this.admitted) return this.#break();
      this.#phase = (this.#phase + 1) % ACK.length;
      if (this.#phase > 0) continue;
      const since = this.#since[this.acked++ % this.#window] ?? 0;
      this.#counts.acked(since, this.#pool.sums[this.#tail] ?? 0);
      this.#tail = (this.#tail + 1) % this.#pool.sums.length;
    }
    this.onAcks();
  }

  #break(): void {
    if (!this.isOpen) return;
    this.close();
    this.#counts.broke(this.admitted - this.acked);
  }
}
