import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Admission } from "../ingest/admission.ts";
import type { Door } from "../ingest/door.ts";
import type { QueryLimiter } from "../ingest/query-limiter.ts";
import { type DoorCounts, type DoorReport, newDoorCounts } from "../ingest/report.ts";
import { addressOf, type ListenTarget, listening } from "../listening.ts";
import { Connection, type DoorContext } from "./connection.ts";

const KEEP_ALIVE_MS = 60_000;
/** At a stop, the time for a client to read its last answer; then the connection is cut. */
const LINGER_SECONDS = 0.5;

export interface StreamDoorOptions {
  readonly name: string;
  readonly target: ListenTarget;
  /** Longest message, bytes. */
  readonly maxFrame: number;
  /** Connections of all doors together. */
  readonly maxConnections: number;
  readonly admission: Admission;
  readonly queryLimiter: QueryLimiter;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Called with what was read: [0, length) of `bytes`, which the next read overwrites. False stops reading until
 * `socket.resume()`.
 */
export type OnRead = (bytes: Buffer, length: number) => boolean;

/** Turns an accepted socket into the one that is read. */
type Attach = (accepted: Socket, onRead: OnRead) => Socket;

/** A listener for connections that stay, each a client of Riemann's protocol. */
export class StreamDoor implements Door {
  readonly name: string;
  readonly #options: StreamDoorOptions;
  readonly #attach: Attach;
  readonly #server: Server;
  readonly #context: DoorContext;
  readonly #counts: DoorCounts = newDoorCounts();
  readonly #connections = new Map<Connection, Socket>();
  #isRefusing = false;
  #isStopping = false;

  private constructor(options: StreamDoorOptions, attach: Attach) {
    const { name, admission, queryLimiter, maxFrame, clock } = options;
    this.name = name;
    this.#options = options;
    this.#attach = attach;
    this.#context = { name, admission, queryLimiter, counts: this.#counts, maxFrame, clock };
    const alive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
    this.#server = createServer({ pauseOnConnect: true, noDelay: true, ...alive });
    this.#server.on("connection", (accepted) => this.#accept(accepted));
  }

  /**
   * Opens the port.
   *
   * @throws FastTsError `FTS_START` when it cannot be opened.
   */
  static async listen(options: StreamDoorOptions, attach: Attach): Promise<StreamDoor> {
    const door = new StreamDoor(options, attach);
    await listening(door.#server, options.target);
    door.#server.on("error", (error) =>
      options.log.error("listener failed", { door: options.name, error: error.message }),
    );
    return door;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#options.target.port;
  }

  get report(): DoorReport {
    return { name: this.name, ...this.#counts };
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const gone = [...this.#connections].map(([connection, socket]) => {
      connection.stop();
      return new Promise<void>((resolve) => socket.once("close", () => resolve()));
    });
    const cut = this.#options.clock.after(LINGER_SECONDS, () => {
      for (const socket of this.#connections.values()) socket.destroy();
    });
    await Promise.all(gone);
    cut();
    await closed;
  }

  #accept(accepted: Socket): void {
    const { admission, maxConnections, log } = this.#options;
    if (this.#isStopping || admission.connections >= maxConnections) {
      accepted.destroy();
      this.#counts.refusedConnections++;
      if (!this.#isRefusing) log.warn("too many connections, new ones are closed", { max_connections: maxConnections });
      this.#isRefusing = true;
      return;
    }
    const peer = peerOf(accepted);
    const socket = this.#attach(accepted, (bytes, length) => {
      this.#counts.bytesIn += length;
      return admission.received(connection, bytes, length);
    });
    const connection = new Connection(socket, peer, this.#context);
    this.#connections.set(connection, socket);
    this.#counts.connections++;
    this.#counts.open++;
    socket.on("error", () => {}); // a reset is the client's business; "close" follows
    socket.on("close", () => this.#closed(connection));
    admission.join(connection);
  }

  #closed(connection: Connection): void {
    const { admission, maxConnections } = this.#options;
    connection.close();
    admission.leave(connection);
    this.#connections.delete(connection);
    this.#counts.open--;
    if (admission.connections < maxConnections * 0.9) this.#isRefusing = false;
  }
}

/** The address at the other end, as people write it. */
function peerOf({ remoteAddress = "unknown", remotePort = 0 }: Socket): string {
  return addressOf(remoteAddress.replace(/^::ffff:(?=\d+\.)/, ""), remotePort);
}
