import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Cancel, Clock } from "../core/clock.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { type TlsFiles, TlsMaterial } from "../delivery/tls-material.ts";
import { type Answer, readAnswer } from "../wire/answer.ts";
import { ACK, frameLength, HEADER } from "../wire/frames.ts";
import type { Address } from "./riemann-address.ts";

/** A message that the server turns down may be too much for it just now. */
const MAX_TRIES = 3;
/** An answer longer than this is none of a Riemann server. */
const MAX_ANSWER_BYTES = 64 * 1024;
const NO_ANSWER: Answer = { ok: false, error: "the answer is not Riemann's protocol" };

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (failure: DeliveryFailure) => void;
}

/** One connection to a Riemann server. Messages are sent without waiting; the answers come in their order. */
export class RiemannConnection {
  readonly #address: Address;
  readonly #clock: Clock;
  readonly #connectTimeout: number;
  readonly #tls: TlsMaterial;
  #socket: Socket | null = null;
  #waiting: Waiting[] = [];
  #answer: Buffer = Buffer.alloc(0);
  #cancelConnect: Cancel = () => {};

  constructor(address: Address, clock: Clock, connectTimeout: number, tls: TlsFiles) {
    this.#address = address;
    this.#clock = clock;
    this.#connectTimeout = connectTimeout;
    this.#tls = new TlsMaterial({ ...(address.isSecure && { servername: address.host }), ...tls });
  }

  /** Resolves when the server has acknowledged the frame. Opens the connection when there is none. */
  send(frame: Buffer, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      try {
        this.#socket ??= this.#open();
      } catch (thrown) {
        return reject(this.#failure(thrown instanceof Error ? thrown.message : String(thrown)));
      }
      // What waits behind a message that is not answered cannot be told apart any more.
      signal.addEventListener("abort", () => this.#end("no answer in time"), { once: true });
      this.#waiting.push({ resolve, reject });
      this.#socket.write(frame);
    });
  }

  close(): void {
    this.#end("closed");
  }

  #open(): Socket {
    const { host, port, isSecure } = this.#address;
    const socket = isSecure ? connectTls({ host, port, ...this.#tls.read() }) : connect({ host, port, noDelay: true });
    this.#answer = Buffer.alloc(0);
    this.#cancelConnect = this.#clock.after(this.#connectTimeout, () =>
      this.#end(`no connection within ${this.#connectTimeout} s`, socket),
    );
    socket.once(isSecure ? "secureConnect" : "connect", () => this.#cancelConnect());
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("error", (error) => this.#end(error.message, socket));
    socket.on("close", () => this.#end("the server closed the connection", socket));
    return socket;
  }

  #take(bytes: Buffer): void {
    this.#answer = this.#answer.length === 0 ? bytes : Buffer.concat([this.#answer, bytes]);
    let at = 0;
    while (this.#answer.length - at >= HEADER) {
      const length = frameLength(this.#answer, at);
      if (length > MAX_ANSWER_BYTES) return this.#end("the answer is not Riemann's protocol");
      const end = at + HEADER + length;
      if (end > this.#answer.length) break;
      this.#answered(this.#answer.subarray(at, end));
      at = end;
    }
    this.#answer = this.#answer.subarray(at);
  }

  #answered(frame: Buffer): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return this.#end("the server answered what it was not asked");
    if (frame.equals(ACK)) return waiting.resolve();
    const { ok, error } = readAnswer(frame.subarray(HEADER)) ?? NO_ANSWER;
    if (ok) return waiting.resolve();
    const message = `${this.#address.label} did not take the events`;
    waiting.reject(new DeliveryFailure("retry", message, { answer: error, maxTries: MAX_TRIES }));
  }

  /** All that waits for an answer fails; the next message opens another connection. */
  #end(why: string, socket: Socket | null = this.#socket): void {
    if (socket === null || socket !== this.#socket) return;
    this.#socket = null;
    this.#cancelConnect();
    socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure(why));
  }

  #failure(why: string): DeliveryFailure {
    return new DeliveryFailure("retry", `${this.#address.label}: ${why}`);
  }
}
