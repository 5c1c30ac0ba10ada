import { connect, type Socket } from "node:net";
import { codeOf, FastTsError } from "../errors.ts";
import { addressOf } from "../listening.ts";
import { decodeMsg, encodeFrame, type WireMsg } from "../wire/codec.ts";
import { frameLength, HEADER } from "../wire/frames.ts";

/** Maximum silence of a server. */
const MAX_SILENCE_SECONDS = 10;

const HUNG_UP = "its log says why: it may be stopping, or --allow or --max-connections keeps this client out";

const OTHER_PORT = "the port for Riemann clients is that of start --port, 5555 by default";

/** What the system's words may mean, by its code. */
const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    "nothing listens on that port: run fast-ts start there, with --host 0.0.0.0 for clients on other machines, " +
    "or name the port that it has with --port",
  ENOTFOUND: "there is no host of that name",
  ETIMEDOUT: "a firewall may be in the way",
  EHOSTUNREACH: "there is no way from here to that machine",
  ECONNRESET: HUNG_UP,
  EPIPE: HUNG_UP,
};

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

  /** Resolves when the connection is open; rejects with `FTS_CLIENT`, naming the address, when it cannot be. */
  static open(host: string, port: number): Promise<Client> {
    const where = addressOf(host, port);
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, timeout: MAX_SILENCE_SECONDS * 1000 });
      const failed = (cause: Error): void => {
        reject(new FastTsError("FTS_CLIENT", `cannot reach ${where}: ${explained(cause)}`, { cause }));
      };
      socket.once("error", failed);
      socket.once("timeout", () => socket.destroy(new Error(`no answer in ${MAX_SILENCE_SECONDS} seconds`)));
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
    socket.on("close", () => this.#fail(new Error(`the server closed the connection; ${HUNG_UP}`)));
    socket.on("data", (bytes) => this.#take(bytes));
  }

  /**
   * Sends a message and resolves when it is acknowledged.
   *
   * @throws FastTsError `FTS_CLIENT` when it is refused, or there is no answer.
   */
  async send(msg: WireMsg): Promise<void> {
    this.accepted(await this.exchange(msg));
  }

  /** Throws `FTS_CLIENT` when the answer, without its length, refuses or cannot be read. */
  accepted(answer: Buffer): void {
    const { ok, error = "it did not say why" } = this.#decoded(answer);
    if (ok !== false) return;
    const hint = error === "no index" ? ": none of its routes has an index()" : "";
    throw new FastTsError("FTS_CLIENT", `${this.where} refused: ${error}${hint}`);
  }

  #decoded(answer: Buffer): WireMsg {
    try {
      return decodeMsg(answer);
    } catch (cause) {
      throw new FastTsError("FTS_CLIENT", `${this.where}: the answer is not Riemann's protocol`, { cause });
    }
  }

  /** Sends a message and resolves with the bytes of its answer, without their length; rejects when there will be none. */
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
    const foreign = foreignAnswer(this.#parts[0] ?? bytes);
    if (foreign !== null) return void this.#socket.destroy(new Error(`${foreign}; ${OTHER_PORT}`));
    const end = HEADER + frameLength(this.#parts[0] ?? bytes, 0);
    if (this.#length < end) return;
    const all = Buffer.concat(this.#parts);
    this.#parts = [all.subarray(end)];
    this.#length = all.length - end;
    this.#answered?.(all.subarray(HEADER, end));
  }

  #fail(error: Error): void {
    this.#error ??= new FastTsError("FTS_CLIENT", `${this.where}: ${explained(error)}`, { cause: error });
    this.#failed?.(this.#error);
  }
}

/** Which other protocol an answer begins in, in words; `null`: none that is known. */
function foreignAnswer(begin: Buffer): string | null {
  if (begin.toString("latin1", 0, HEADER) === "HTTP") return "the answer is HTTP";
  return begin[0] === 0x15 && begin[1] === 3 ? "the answer is TLS" : null;
}

function explained(error: Error): string {
  const hint = HINTS[codeOf(error)];
  return hint === undefined ? error.message : `${error.message}; ${hint}`;
}
