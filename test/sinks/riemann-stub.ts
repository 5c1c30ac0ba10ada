import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { decodeMsg, encodeFrame, type WireEvent } from "../../src/wire/codec.ts";
import { ACK, frameLength, HEADER } from "../../src/wire/frames.ts";

/** A Riemann server that keeps what it is sent and answers as it is told. */
export class RiemannStub {
  readonly events: WireEvent[] = [];
  readonly sizes: number[] = [];
  /** Answers a message of some events; an ack when it is not set. */
  answer: (socket: Socket, events: readonly WireEvent[]) => void = (socket) => void socket.write(ACK);
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  connections = 0;
  port = 0;

  constructor(tls: TlsOptions | null = null) {
    const accept = (socket: Socket): void => this.#serve(socket);
    this.#server = tls === null ? createServer(accept) : createTlsServer(tls, accept);
  }

  async open(port = 0): Promise<this> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get services(): (string | undefined)[] {
    return this.events.map(({ service }) => service);
  }

  static refuse(socket: Socket, error: string): void {
    socket.write(encodeFrame({ ok: false, error }));
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    let held = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      while (held.length >= HEADER && held.length >= HEADER + frameLength(held, 0)) {
        const end = HEADER + frameLength(held, 0);
        const { events = [] } = decodeMsg(held.subarray(HEADER, end));
        held = held.subarray(end);
        this.sizes.push(events.length);
        this.events.push(...events);
        this.answer(socket, events);
      }
    });
  }
}
