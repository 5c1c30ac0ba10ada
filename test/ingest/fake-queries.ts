import type { QueryPort } from "../../src/ingest/query-port.ts";
import { encodeFrame, encodeMsg, type WireEvent } from "../../src/wire/codec.ts";

/** Stands where an index would: keeps what it is asked until it is told the answer. */
export class FakeQueries implements QueryPort {
  /** All that it was asked so far. */
  readonly asked: string[] = [];
  onAsk: (query: string) => void = () => {};
  readonly #waiting: { readonly query: string; readonly resolve: (answer: Buffer) => void }[] = [];

  ask(query: string): Promise<Buffer> {
    this.asked.push(query);
    const answer = new Promise<Buffer>((resolve) => this.#waiting.push({ query, resolve }));
    this.onAsk(query);
    return answer;
  }

  /** Answers what has waited longest, with `re` and the query unless told otherwise, and lets that take effect. */
  async answer(frame?: Buffer): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) throw new Error("nothing was asked");
    next.resolve(frame ?? answerTo(next.query));
    await Promise.resolve();
  }
}

/** The answer frame that says `re` and the query. */
export function answerTo(query: string): Buffer {
  return encodeFrame({ ok: false, error: `re ${query}` });
}

/** The body of a Msg that asks, and may carry events too; as text, like the other bodies. */
export function asking(query: string, ...events: WireEvent[]): string {
  const [asked, carried] = [encodeMsg({ query: { string: query } }), encodeMsg({ events })];
  return Buffer.concat([asked, carried]).toString("latin1");
}
