import { connect, type Socket } from "node:net";
import { decodeMsg, encodeFrame, type WireMsg } from "../wire/codec.ts";
import { frameLength, HEADER } from "../wire/frames.ts";

/** So long, in milliseconds, may a server be silent. */
const PATIENCE_MS = 10_000;

/** A connection to a Riemann server: one message at a time, each answered. */
export class Client {
  readonly #socket: Socket;
  /** `host:port`, as people write it. */
  readonly where: string;
  #received = Buffer.alloc(0);
  #answered: ((answer: WireMsg) => void) | null = null;
  #failed: ((error: Error) => void) | null = null;
  #error: Error | null = null;

  /** Resolves when the connection is open; rejects, naming the address, when it cannot be. */
  static open(host: string, port: number): Promise<Client> {
    const where = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, timeout: PATIENCE_MS });
      const failed = (error: Error): void => reject(new Error(`cannot reach ${where}: ${error.message}`));
      socket.once("error", failed);
      socket.once("timeout", () => socket.destroy(new Error("no answer in 10 seconds")));
      socket.once("connect", () => {
        socket.off("error", failed);
        resolve(new Client(socket, where));
      });
    });
  }

  private constructor(socket: Socket, where: string) {
    this.#socket = socket;
    this.where = where;
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
    socket.on("data", (bytes) => this.#take(bytes));
  }

  /** Sends a message and resolves with its answer; rejects when there will be none. */
  send(msg: WireMsg): Promise<WireMsg> {
    return new Promise((resolve, reject) => {
      if (this.#error !== null) return reject(this.#error);
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(encodeFrame(msg));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    if (this.#received.length < HEADER) return;
    const end = HEADER + frameLength(this.#received, 0);
    if (this.#received.length < end) return;
    const body = this.#received.subarray(HEADER, end);
    this.#received = this.#received.subarray(end);
    try {
      this.#answered?.(decodeMsg(body));
    } catch {
      this.#fail(new Error("the answer is not Riemann's protocol"));
    }
  }

  #fail(error: Error): void {
    this.#error ??= new Error(`${this.where}: ${error.message}`);
    this.#failed?.(this.#error);
  }
}
