import { connect, type Socket } from "node:net";
import { decodeMsg, encodeFrame, type WireEvent, type WireMsg } from "../../src/wire/codec.ts";
import { frameLength, HEADER } from "../../src/wire/frames.ts";
import { MAX_WAIT_SECONDS, until } from "../until.ts";

/** A connection that sends whatever bytes it is told to, and keeps every answer. */
export class Client {
  readonly socket: Socket;
  readonly answers: WireMsg[] = [];
  isClosed = false;
  #rest: Buffer = Buffer.alloc(0);

  static open(port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Client(socket));
      });
    });
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {}); // a reset is what some tests want; "close" follows
    socket.on("close", () => {
      this.isClosed = true;
    });
    socket.on("data", (bytes) => this.#take(bytes));
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Sends one message and waits for its answer; rejects when the connection is closed before. */
  async ask(msg: WireMsg, seconds = MAX_WAIT_SECONDS): Promise<WireMsg> {
    const before = this.answers.length;
    this.write(encodeFrame(msg));
    const answered = (): WireMsg | undefined => {
      const answer = this.answers[before];
      if (answer === undefined && this.isClosed) throw new Error("the connection was closed before an answer came");
      return answer;
    };
    return until("an answer", answered, seconds);
  }

  /** Sends events, all in one message, again when the daemon is overloaded; throws when they are refused for another reason. */
  async send(...events: WireEvent[]): Promise<void> {
    for (;;) {
      const { ok, error = "" } = await this.ask({ events });
      if (ok === true) return;
      if (!error.startsWith("overloaded")) throw new Error(`refused: ${error}`);
    }
  }

  /** What a query finds; asks again when the daemon says so, as a worker gets too little of a busy machine. */
  async find(query: string): Promise<readonly WireEvent[]> {
    for (;;) {
      const { ok, events = [], error = "" } = await this.ask({ query: { string: query } });
      if (ok === true) return events;
      if (!/\bagain\b/.test(error)) throw new Error(`refused: ${error}`);
    }
  }

  closed(seconds = MAX_WAIT_SECONDS): Promise<true> {
    return until("the connection to be closed", () => this.isClosed, seconds);
  }

  close(): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    const all = Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (all.length - at >= HEADER && all.length - at - HEADER >= frameLength(all, at)) {
      const next = at + HEADER + frameLength(all, at);
      this.answers.push(decodeMsg(all.subarray(at + HEADER, next)));
      at = next;
    }
    this.#rest = all.subarray(at);
  }
}
