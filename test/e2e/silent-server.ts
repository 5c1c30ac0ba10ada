import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A server that takes connections and says nothing. */
export class SilentServer {
  connections = 0;
  readonly #server = createServer((socket) => this.#take(socket));
  readonly #open = new Set<Socket>();

  static async start(t: TestContext): Promise<SilentServer> {
    const silent = new SilentServer();
    await once(silent.#server.listen(0, "127.0.0.1"), "listening");
    t.after(() => {
      for (const socket of silent.#open) socket.destroy();
      silent.#server.close();
    });
    return silent;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get open(): number {
    return this.#open.size;
  }

  #take(socket: Socket): void {
    this.connections++;
    this.#open.add(socket.resume());
    socket.on("error", () => {}).on("close", () => this.#open.delete(socket));
  }
}
