import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Admission } from "../ingest/admission.ts";
import type { Door } from "../ingest/door.ts";
import type { QueryLimiter } from "../ingest/query-limiter.ts";
import { type DoorCounts, type DoorReport, newDoorCounts } from "../ingest/report.ts";
import { type ListenTarget, listening } from "../listening.ts";
import type { AddressFilter } from "./address-filter.ts";
import { Connection } from "./connection.ts";
import type { DoorContext } from "./door-context.ts";
import { Peer } from "./peer.ts";

const KEEP_ALIVE_MS = 60_000;
/** At a stop, the time for a client to read its last answer; then the connection is cut. */
const LINGER_SECONDS = 0.5;

/** What all doors of a daemon share. */
export interface DoorOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Longest message, bytes. */
  readonly maxFrame: number;
  /** Who may send. */
  readonly allow: AddressFilter;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the doors with connections share besides. */
export interface StreamDoorOptions extends DoorOptions {
  /** Who may ask queries. */
  readonly allowQueries: AddressFilter;
  readonly queryLimiter: QueryLimiter;
}

/**
 * Called with what was read: [0, length) of `bytes`, which the next read overwrites. False stops reading until
 * `socket.resume()`.
 */
export type OnRead = (bytes: Buffer, length: number) => boolean;

/** What stands between the accepted sockets and their messages. */
export interface StreamProtocol {
  readonly name: string;
  readonly target: ListenTarget;
  /** Unix seconds at which its certificate ends; null when it has none. */
  readonly notAfter: number | null;
  /** Calls `open` with a socket once its client may send; never when it comes to nothing, and then closes `accepted`. */
  welcome(accepted: Socket, peer: Peer, counts: DoorCounts, open: (socket: Socket) => void): void;
  /** Reads from the socket. Returns the one to write to: that stays open when the client has ended its side. */
  attach(socket: Socket, onRead: OnRead): Socket;
  reload(): Promise<boolean>;
  stop(): void;
}

/** A listener for connections that stay, each a client of Riemann's protocol. */
export class StreamDoor implements Door {
  readonly #options: StreamDoorOptions;
  readonly #protocol: StreamProtocol;
  readonly #server: Server;
  readonly #context: DoorContext;
  readonly #counts: DoorCounts = newDoorCounts();
  /** Those that were accepted and may not send yet. */
  readonly #pending = new Set<Socket>();
  readonly #connections = new Set<Connection>();
  #isStopping = false;

  private constructor(options: StreamDoorOptions, protocol: StreamProtocol) {
    const { admission, queryLimiter, maxFrame, allowQueries, clock } = options;
    this.#options = options;
    this.#protocol = protocol;
    const shared = { admission, queryLimiter, counts: this.#counts, maxFrame, allowQueries, clock };
    this.#context = { name: protocol.name, ...shared };
    const alive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
    this.#server = createServer({ pauseOnConnect: true, noDelay: true, ...alive });
    this.#server.on("connection", (accepted) => this.#accept(accepted));
  }

  /**
   * Opens the port.
   *
   * @throws FastTsError `FTS_START` when it cannot be opened.
   */
  static async listen(options: StreamDoorOptions, protocol: StreamProtocol): Promise<StreamDoor> {
    const door = new StreamDoor(options, protocol);
    await listening(door.#server, protocol.target);
    door.#server.on("error", (error) =>
      options.log.error("listener failed", { door: protocol.name, error: error.message }),
    );
    return door;
  }

  get name(): string {
    return this.#protocol.name;
  }

  get host(): string {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.address : this.#options.host;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#options.port;
  }

  get report(): DoorReport {
    return { name: this.name, notAfter: this.#protocol.notAfter, ...this.#counts };
  }

  reload(): Promise<boolean> {
    return this.#protocol.reload();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#protocol.stop();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const gone = [...this.#connections].map((connection) => connection.stop());
    const cut = this.#options.clock.after(LINGER_SECONDS, () => {
      for (const connection of this.#connections) connection.cut();
    });
    await Promise.all(gone);
    cut();
    for (const accepted of this.#pending) accepted.destroy();
    await closed;
  }

  #accept(accepted: Socket): void {
    const { admission, allow } = this.#options;
    const peer = new Peer(accepted.remoteAddress, accepted.remotePort);
    if (!allow.allows(peer.address)) {
      this.#counts.denied++;
      admission.refusals.tell(this.name, "address not allowed", peer.text, "--allow does not name it");
      accepted.destroy();
      return;
    }
    if (this.#isStopping || !admission.enter()) {
      this.#counts.refusedConnections++;
      accepted.destroy();
      return;
    }
    this.#pending.add(accepted);
    const left = (): void => {
      this.#pending.delete(accepted);
      admission.exit();
    };
    accepted.on("error", ignore);
    accepted.once("close", left);
    this.#protocol.welcome(accepted, peer, this.#counts, (socket) => {
      accepted.off("close", left);
      this.#pending.delete(accepted);
      this.#open(socket, peer);
    });
  }

  /** A connection holds on to as little as can be: there may be ten thousand that are idle. */
  #open(ready: Socket, peer: Peer): void {
    const { admission } = this.#options;
    const socket = this.#protocol.attach(ready, (bytes, length) => {
      this.#counts.bytesIn += length;
      return admission.received(connection, bytes, length);
    });
    const connection = new Connection(socket, peer, this.#context);
    this.#connections.add(connection);
    this.#counts.connections++;
    this.#counts.open++;
    socket.on("error", ignore);
    socket.on("close", () => this.#closed(connection));
    admission.join(connection);
  }

  #closed(connection: Connection): void {
    const { admission } = this.#options;
    connection.close();
    admission.leave(connection);
    this.#connections.delete(connection);
    this.#counts.open--;
    admission.exit();
  }
}

/** A reset is the client's business; "close" follows. */
function ignore(): void {}
