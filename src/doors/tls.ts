import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { codeOf } from "../errors.ts";
import type { DoorCounts } from "../ingest/report.ts";
import type { ListenTarget } from "../listening.ts";
import type { Peer } from "./peer.ts";
import { type OnRead, StreamDoor, type StreamDoorOptions, type StreamProtocol } from "./stream-door.ts";
import { TlsCertificate } from "./tls-certificate.ts";
import { readTlsFiles, type TlsFiles, type TlsPaths, tlsReason } from "./tls-files.ts";

/** Maximum time for a handshake. */
const HANDSHAKE_MS = 10_000;

export interface TlsOptions extends StreamDoorOptions {
  readonly paths: TlsPaths;
  /** Whether clients have to show a certificate; `request` checks the one that is given. */
  readonly client: "require" | "request" | "none";
}

/**
 * Opens the door for Riemann's clients over TLS.
 *
 * @throws FastTsError `FTS_START` when a file cannot be used or the port cannot be opened.
 */
export async function openTls(options: TlsOptions): Promise<StreamDoor> {
  const { paths, clock, log } = options;
  const certificate = await TlsCertificate.open({ read: () => readTlsFiles(paths), clock, log });
  const protocol = new TlsProtocol(options, certificate);
  try {
    return await StreamDoor.listen(options, protocol);
  } catch (thrown) {
    protocol.stop();
    throw thrown;
  }
}

interface Handshake {
  readonly open: (socket: Socket) => void;
  isOver: boolean;
  /** Why it failed, when TLS says so. */
  reason: string | null;
}

/** Puts a handshake before the messages. */
class TlsProtocol implements StreamProtocol {
  readonly name = "tls";
  readonly target: ListenTarget;
  readonly #options: TlsOptions;
  readonly #certificate: TlsCertificate;
  readonly #server: Server;
  /** By the socket that was accepted. */
  readonly #handshakes = new WeakMap<object, Handshake>();

  constructor(options: TlsOptions, certificate: TlsCertificate) {
    const { host, port, client } = options;
    this.#options = options;
    this.#certificate = certificate;
    this.target = { protocol: "TLS", host, port, hostFlag: "--host", portFlag: "--tls-port", isOptional: true };
    this.#server = createServer({
      ...contextOf(certificate.files),
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: client !== "none",
      rejectUnauthorized: client === "require",
    });
    certificate.onRenewed = (files) => this.#server.setSecureContext(contextOf(files));
    this.#server.on("secureConnection", (socket) => this.#secure(socket));
    this.#server.on("tlsClientError", (error, socket) => {
      const handshake = this.#handshakeOf(socket);
      if (handshake !== null) handshake.reason = failureOf(error, socket);
    });
  }

  get notAfter(): number {
    return this.#certificate.files.notAfter;
  }

  welcome(accepted: Socket, peer: Peer, counts: DoorCounts, open: (socket: Socket) => void): void {
    const handshake: Handshake = { open, isOver: false, reason: null };
    this.#handshakes.set(accepted, handshake);
    const { refusals } = this.#options.admission;
    const failed = (): void => {
      if (handshake.reason !== null) refusals.tell(this.name, "TLS handshake failed", peer.text, handshake.reason);
    };
    accepted.once("close", () => {
      if (handshake.isOver) return;
      counts.failedHandshakes++;
      setImmediate(failed); // the reason may be told after the close
    });
    this.#server.emit("connection", accepted);
  }

  attach(socket: Socket, onRead: OnRead): Socket {
    socket.allowHalfOpen = true;
    socket.on("data", (bytes) => {
      if (!onRead(bytes, bytes.length)) socket.pause();
    });
    return socket;
  }

  reload(): Promise<boolean> {
    return this.#certificate.reload();
  }

  stop(): void {
    this.#certificate.stop();
  }

  #secure(socket: TLSSocket): void {
    const handshake = this.#handshakeOf(socket);
    if (handshake === null) return void socket.destroy();
    // With `request`, a client without a certificate is welcome, but not one whose certificate is wrong.
    if (this.#options.client === "request" && !socket.authorized && "raw" in socket.getPeerCertificate()) {
      handshake.reason = failureOf(new Error("wrong certificate"), socket);
      return void socket.destroy();
    }
    handshake.isOver = true;
    handshake.open(socket);
  }

  /** Node does not say which accepted socket a secure one stands on. */
  #handshakeOf(socket: TLSSocket): Handshake | null {
    const accepted: unknown = Reflect.get(socket, "_parent");
    return typeof accepted === "object" && accepted !== null ? (this.#handshakes.get(accepted) ?? null) : null;
  }
}

/** Why a handshake failed; null when the client just went, as probes do. */
function failureOf(error: Error, { authorizationError }: TLSSocket): string | null {
  if (authorizationError) return `the client's certificate is wrong: ${authorizationError}`;
  return codeOf(error) === "ECONNRESET" ? null : tlsReason(error);
}

function contextOf({ cert, key, ca }: TlsFiles) {
  return { cert, key, ...(ca !== undefined && { ca }), minVersion: "TLSv1.2" as const };
}
