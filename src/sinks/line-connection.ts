import { connect, type Socket } from "node:net";
import type { Cancel, Clock } from "../core/clock.ts";
import { DeliveryFailure } from "../delivery/failure.ts";

/** What was written last is taken to have arrived after so many seconds without a reset. */
export const QUIET_SECONDS = 1;

interface Written {
  readonly resolve: () => void;
  readonly reject: (failure: DeliveryFailure) => void;
}

/**
 * A connection to a server of lines that never answers, such as carbon's. What is written to a connection that the
 * server has closed is lost without a word: so a write counts as delivered only when the socket has drained and then
 * the next write has drained as well, or a second has passed without a reset. Until then it fails with the connection,
 * and is sent again. Two writes at a time keep the line busy.
 */
export class LineConnection {
  readonly #host: string;
  readonly #port: number;
  readonly #clock: Clock;
  readonly #connectTimeout: number;
  #socket: Socket | null = null;
  /** Writes that are not known to have arrived, the oldest first. */
  #written: Written[] = [];
  #cancelQuiet: Cancel = () => {};

  constructor(host: string, port: number, clock: Clock, connectTimeout: number) {
    this.#host = host;
    this.#port = port;
    this.#clock = clock;
    this.#connectTimeout = connectTimeout;
  }

  /** Resolves when the server can be believed to have the text. */
  write(text: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const written = { resolve, reject };
      const socket = this.#open();
      this.#written.push(written);
      this.#cancelQuiet();
      signal.addEventListener("abort", () => this.#end("the write took too long", socket), { once: true });
      socket.write(text, (error) => {
        if (!error) this.#drained(written);
      });
    });
  }

  close(): void {
    this.#end("closed");
  }

  /** All writes before this one have arrived. */
  #drained(last: Written): void {
    const at = this.#written.indexOf(last);
    for (const { resolve } of this.#written.splice(0, at)) resolve();
    if (this.#written.length > 1) return;
    this.#cancelQuiet();
    this.#cancelQuiet = this.#clock.after(QUIET_SECONDS, () => this.#written.shift()?.resolve());
  }

  #open(): Socket {
    if (this.#socket !== null) return this.#socket;
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true, keepAlive: true });
    this.#socket = socket;
    const cancel = this.#clock.after(this.#connectTimeout, () =>
      this.#end(`no connection within ${this.#connectTimeout} s`, socket),
    );
    socket.once("connect", cancel);
    socket.on("error", (error) => this.#end(error.message, socket));
    socket.on("end", () => this.#end("the server closed the connection", socket));
    socket.on("close", () => this.#end("the server closed the connection", socket));
    socket.resume();
    return socket;
  }

  #end(why: string, socket: Socket | null = this.#socket): void {
    if (socket === null || socket !== this.#socket) return;
    this.#socket = null;
    this.#cancelQuiet();
    socket.destroy();
    const failure = new DeliveryFailure("retry", `${this.#host}:${this.#port}: ${why}`);
    for (const { reject } of this.#written.splice(0)) reject(failure);
  }
}
