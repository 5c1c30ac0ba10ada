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
  /** What has come of an answer: put together once all of it is there, as it may be long. */
  #parts: Buffer[] = [];
  #length = 0;
  #answered: ((body: Buffer) => void) | null = null;
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
  async send(msg: WireMsg): Promise<WireMsg> {
    const body = await this.exchange(msg);
    try {
      return decodeMsg(body);
    } catch {
      throw new Error(`${this.where}: the answer is not Riemann's protocol`);
    }
  }

  /** The same with the answer's bytes, without their length. */
  exchange(msg: WireMsg): Promise<Buffer> {
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
    this.#parts.push(bytes);
    this.#length += bytes.length;
    if (this.#length < HEADER) return;
    if (this.#parts[0] === undefined || this.#parts[0].length < HEADER) this.#parts = [Buffer.concat(this.#parts)];
    const end = HEADER + frameLength(this.#parts[0] ?? bytes, 0);
    if (this.#length < end) return;
    const all = Buffer.concat(this.#parts);
    this.#parts = [all.subarray(end)];
    this.#length = all.length - end;
    this.#answered?.(all.subarray(HEADER, end));
  }

  #fail(error: Error): void {
    this.#error ??= new Error(`${this.where}: ${error.message}`);
    this.#failed?.(this.#error);
  }
}
