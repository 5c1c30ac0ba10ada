import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Answer } from "../runtime/report.ts";

/** Maximum searches under way: each looks through the whole index. */
const MAX_OPEN_SEARCHES = 100;
/** Maximum bytes of answers that clients have yet to read: four of the longest. */
const MAX_UNREAD_BYTES = 256 * 1024 * 1024;
/** Answers up to this length are not counted. */
const SHORT_BYTES = 64 * 1024;

interface Held {
  readonly socket: Socket;
  readonly bytes: number;
}

/** Bounds the cost of searches by HTTP clients, however many requests they pipeline. */
export class Searches {
  readonly #search: (query: string) => Promise<Answer>;
  readonly #held = new Set<Held>();
  #underWay = 0;

  constructor(server: Server, search: (query: string) => Promise<Answer>) {
    this.#search = search;
    server.on("connection", (socket) => socket.once("close", () => this.#gone(socket)));
  }

  /** The answer to a query, which `response` is going to hold until the client has read it. */
  async answer(query: string, response: ServerResponse): Promise<Answer> {
    if (this.#underWay >= MAX_OPEN_SEARCHES)
      return refused(`${MAX_OPEN_SEARCHES} queries are under way: try again later`);
    this.#underWay++;
    const answer = await this.#search(query).finally(() => this.#underWay--);
    if (answer.kind !== "found" || answer.bytes.length <= SHORT_BYTES) return answer;
    const { socket } = response.req;
    const held = { socket, bytes: answer.bytes.length };
    const unread = [...this.#held].reduce((sum, { bytes }) => sum + bytes, held.bytes);
    if (unread > MAX_UNREAD_BYTES)
      return refused(`clients have yet to read more than ${MAX_UNREAD_BYTES} bytes of answers: try again later`);
    if (!socket.destroyed) this.#held.add(held);
    response.once("close", () => this.#held.delete(held));
    return answer;
  }

  /** Pipelined responses are not told that their client has gone. */
  #gone(socket: Socket): void {
    for (const held of this.#held) if (held.socket === socket) this.#held.delete(held);
  }
}

function refused(error: string): Answer {
  return { kind: "failed", error };
}
