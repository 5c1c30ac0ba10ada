import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** As text. */
  readonly body: string;
  readonly bytes: Buffer;
}

/** A web server that keeps what it is sent and answers as it is told. */
export class HttpStub {
  readonly received: Received[] = [];
  /** Answers a request; 200 when it is not set. */
  answer: (response: ServerResponse, request: Received) => void = (response) => void response.end("ok");
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const bytes = Buffer.concat(chunks);
      const one = { method, path, headers, body: bytes.toString("utf8"), bytes };
      this.received.push(one);
      this.answer(response, one);
    });
  });
  connections = 0;
  port = 0;

  async open(port = 0): Promise<this> {
    this.#server.on("connection", () => void this.connections++);
    // It ends no idle connection: who sends just then tries again, by a clock that may stand still in the test.
    this.#server.keepAliveTimeout = 0;
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Keeps no process from ending: for a stub that all tests of a process share. */
  unref(): this {
    this.#server.unref();
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
