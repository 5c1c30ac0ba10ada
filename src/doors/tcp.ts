import { createServer, type Server, type Socket } from "node:net";
import { type Cancel, type Clock, monotonic } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Intake } from "../ingest/intake.ts";
import { PartialFrames } from "../ingest/partial-frames.ts";
import { QueryLimiter } from "../ingest/query-limiter.ts";
import type { QueryPort } from "../ingest/query-port.ts";
import { ReadScheduler } from "../ingest/read-scheduler.ts";
import { type Counts, newCounts } from "../ingest/report.ts";
import { Connection, type Shared } from "./connection.ts";
import { listening } from "./listening.ts";
import { adopt } from "./shared-buffer-socket.ts";

/** One read takes at most so many bytes; all connections read into the same memory. */
const READ_BYTES = 256 * 1024;
/** With so many events taken, the turn's other sockets are not waited for. */
const BATCH_EVENTS = 1024;
const KEEP_ALIVE_MS = 60_000;
/** No answer is held back longer: clients resend or give up after about 5 s. */
const MAX_HOLD_SECONDS = 2;
/** Maximum bytes read while pipelines cannot take more, all connections together; beyond it no connection is read. */
const MAX_STASHED_BYTES = 8 * 1024 * 1024;
/** A client may leave its answers unread so long before it is disconnected. */
const MAX_CHOKE_SECONDS = 60;
/** After the last answer, so long for the client to read it and close; then the connection is cut. */
const LINGER_SECONDS = 2;
/** The same at a stop, which many idle clients must not delay. */
const LINGER_AT_STOP_SECONDS = 0.5;
const STOPPING = "fast-ts is stopping";

export interface TcpOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Longest Msg, bytes. */
  readonly maxFrame: number;
  readonly maxConnections: number;
  readonly intake: Intake;
  readonly queries: QueryPort;
  readonly clock: Clock;
  readonly log: Log;
}

/** The door for Riemann's clients over TCP. */
export class TcpTransport {
  readonly counts: Counts = newCounts();
  readonly #options: TcpOptions;
  readonly #server: Server;
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  readonly #connections = new Set<Connection>();
  readonly #shared: Shared;
  readonly #scheduler: ReadScheduler<Connection>;
  readonly #choked = new WeakSet<Connection>();
  #stashed: Connection[] = [];
  #stashedBytes = 0;
  #areAllPaused = false;
  #isHolding = false;
  #cancelHold: Cancel = () => {};
  #isRefusingConnections = false;
  #isStopping = false;

  private constructor(options: TcpOptions) {
    const { intake, maxFrame, queries, clock } = options;
    const { counts } = this;
    this.#options = options;
    this.#shared = {
      intake,
      counts,
      maxFrame,
      partialFrames: new PartialFrames(),
      queryLimiter: new QueryLimiter(queries, clock, counts),
      owing: [],
      refusal: null,
      onAnswered: (connection) => {
        this.#watchChoked(connection);
        this.#scheduler.add(connection);
      },
    };
    this.#scheduler = new ReadScheduler(
      () => this.#settle(),
      () => this.#isHolding,
      (connection) => this.#goOn(connection),
    );
    intake.onRelease = () => this.#release();
    this.#server = createServer({
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    this.#server.on("connection", (accepted) => this.#accept(accepted));
  }

  /** Opens the port. */
  static async listen(options: TcpOptions): Promise<TcpTransport> {
    const transport = new TcpTransport(options);
    await listening(transport.#server, options.host, options.port);
    transport.#server.on("error", (error) => options.log.error("listener failed", { error: error.message }));
    return transport;
  }

  /** The port that was opened. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#options.port;
  }

  /** Closes the door: what was read is answered, what was not is left to the client to send again. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#settle();
    this.#cancelHold();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#shared.refusal = STOPPING;
    const gone = [...this.#connections].map((connection) => {
      connection.stop(STOPPING);
      connection.socket.resume(); // what still comes is read and thrown away: unread bytes would reset the connection
      return new Promise<void>((resolve) => connection.socket.once("close", () => resolve()));
    });
    const cut = this.#options.clock.after(LINGER_AT_STOP_SECONDS, () => {
      for (const connection of this.#connections) connection.socket.destroy();
    });
    await Promise.all(gone);
    cut();
    await closed;
  }

  #accept(accepted: Socket): void {
    const { maxConnections, log } = this.#options;
    if (this.#isStopping || this.#connections.size >= maxConnections) {
      accepted.destroy();
      this.counts.refusedConnections++;
      if (!this.#isRefusingConnections)
        log.warn("too many connections, new ones are closed", { max_connections: maxConnections });
      this.#isRefusingConnections = true;
      return;
    }
    const socket = adopt(accepted, this.#buffer, (length) => this.#onRead(connection, length));
    const connection = new Connection(socket, this.#shared);
    this.#connections.add(connection);
    this.counts.connections++;
    this.counts.open++;
    socket.on("error", () => {}); // a reset is the client's business; "close" follows
    socket.on("drain", () => this.#unchoke(connection));
    socket.on("close", () => this.#closed(connection));
    if (this.#areAllPaused) socket.pause();
  }

  #closed(connection: Connection): void {
    connection.close();
    if (!this.#connections.delete(connection)) return;
    this.counts.open--;
    if (this.#connections.size < this.#options.maxConnections * 0.9) this.#isRefusingConnections = false;
  }

  #onRead(connection: Connection, length: number): boolean {
    this.counts.bytesIn += length;
    if (connection.isClosed) return true; // lingering: read and thrown away
    if (this.#mustWait) {
      connection.stash(this.#buffer, 0, length);
      this.#wait(connection);
      return false;
    }
    const begun = monotonic();
    connection.read(this.#buffer, length);
    this.#scheduler.took(monotonic() - begun, 1);
    return this.#after(connection);
  }

  /**
   * Offers what was taken and sends the acks for it: once for all sockets that were ready in this turn, as the pipelines
   * work best on many events (x 1.4 with one event a message, 4 × 4).
   */
  #settle(): void {
    const { intake, owing } = this.#shared;
    const begun = monotonic();
    intake.offer();
    for (const connection of owing) {
      connection.answer();
      this.#watchChoked(connection);
    }
    owing.length = 0;
    this.#scheduler.took(monotonic() - begun, 0);
  }

  /** After a read: whether to read on from the connection at once. It waits its turn, unless it only lingers. */
  #after(connection: Connection): boolean {
    if (this.#options.intake.pending >= BATCH_EVENTS) this.#settle();
    if (connection.isClosed) {
      this.#linger(connection);
      return true;
    }
    this.#watchChoked(connection);
    this.#scheduler.add(connection);
    return false;
  }

  /** A client that does not read its answers is not read from, and in the end it is cut off. */
  #watchChoked(connection: Connection): void {
    const { socket } = connection;
    if (!connection.isChoked || this.#choked.has(connection)) return;
    this.#choked.add(connection);
    const cancel = this.#options.clock.after(MAX_CHOKE_SECONDS, () => socket.destroy());
    socket.once("drain", cancel);
    socket.once("close", cancel);
  }

  /** A connection's turn: it deals with what it keeps, or reads. */
  #goOn(connection: Connection): void {
    if (connection.stashedBytes === 0) {
      connection.endQueries();
      connection.socket.resume();
    } else if (this.#mustWait) {
      this.#wait(connection);
    } else {
      const begun = monotonic();
      connection.unstash();
      this.#scheduler.took(monotonic() - begun, 1);
      this.#after(connection);
    }
  }

  #unchoke(connection: Connection): void {
    if (!connection.isChoked) return;
    connection.isChoked = false;
    this.#choked.delete(connection);
    this.#scheduler.add(connection);
  }

  #linger(connection: Connection): void {
    const cut = this.#options.clock.after(LINGER_SECONDS, () => connection.socket.destroy());
    connection.socket.once("close", cut);
  }

  get #mustWait(): boolean {
    return this.#options.intake.isHeld && this.#shared.refusal === null;
  }

  /**
   * Pipelines cannot take more. A connection that was read from keeps what it read and rests until they can; once that
   * is too much memory in all, none is read from. After two seconds senders are refused.
   */
  #wait(connection: Connection): void {
    this.#stashed.push(connection);
    this.#stashedBytes += connection.stashedBytes;
    if (this.#stashedBytes > MAX_STASHED_BYTES && !this.#areAllPaused) {
      this.#areAllPaused = true;
      for (const { socket } of this.#connections) socket.pause();
    }
    if (this.#isHolding) return;
    this.#isHolding = true;
    this.#cancelHold = this.#options.clock.after(MAX_HOLD_SECONDS, () => {
      this.#options.log.warn("pipelines were busy for too long, senders are refused until they have caught up", {
        seconds: MAX_HOLD_SECONDS,
      });
      this.#refuseAll("overloaded: the pipelines cannot keep up, try again later");
    });
  }

  #release(): void {
    this.#shared.refusal = null;
    if (this.#isHolding && !this.#isStopping) this.#resume();
  }

  /** Answers `ok=false` to what was held back and to all that comes, until the release. */
  #refuseAll(reason: string): void {
    this.#shared.refusal = reason;
    this.#resume();
  }

  /** Those that were read from last wait longest. A connection may stand in the list twice, and ask the second time. */
  #resume(): void {
    this.#cancelHold();
    this.#isHolding = false;
    const stashed = this.#stashed;
    this.#stashed = [];
    this.#stashedBytes = 0;
    for (const connection of stashed) if (connection.canGoOn && connection.stashedBytes > 0) this.#goOn(connection);
    if (this.#areAllPaused && !this.#isHolding) {
      this.#areAllPaused = false;
      for (const connection of this.#connections) this.#scheduler.add(connection);
    }
    this.#scheduler.plan();
  }
}
