import type { Event } from "../core/event.ts";
import type { EventIndex } from "../core/event-index.ts";
import { coerceError } from "../errors.ts";
import { compileQuery, type Query } from "../query/query.ts";
import { formatJson } from "../sinks/format-json.ts";
import { encodeMsg, toWire } from "../wire/codec.ts";
import { HEADER } from "../wire/frames.ts";
import type { Answer, Form } from "./report.ts";

export const NO_INDEX: Answer = { kind: "none", error: "no index" };

/** A query waits so long at most for what came before it, in a worker twice. */
export const CATCH_UP_SECONDS = 0.75;
/** So many compiled queries are kept: dashboards ask the same ones again and again. */
const MOST_QUERIES = 64;
/** So many events are written in one turn. */
const SLICE = 500;

/** Answers queries from the index of a thread. */
export class Search {
  readonly #index: EventIndex;
  readonly #queries = new Map<string, Query>();

  constructor(index: EventIndex) {
    this.#index = index;
  }

  /** What matches is looked for at once, and written in several turns when it is much. Never rejects. */
  async answer(text: string, form: Form): Promise<Answer> {
    let query: Query;
    try {
      query = this.#compiled(text);
    } catch (thrown) {
      return { kind: "wrong", error: coerceError(thrown).message };
    }
    try {
      const bytes = form === "frame" ? await frameOf(this.#find(query)) : await linesOf(this.#find(query));
      return { kind: "found", bytes };
    } catch (thrown) {
      // User code made an event of something that is none: it cannot be written.
      return { kind: "failed", error: `an event of the index cannot be written: ${coerceError(thrown).message}` };
    }
  }

  #compiled(text: string): Query {
    const query = this.#queries.get(text) ?? compileQuery(text);
    this.#queries.delete(text); // to be the newest
    this.#queries.set(text, query);
    for (const oldest of this.#queries.keys()) if (this.#queries.size > MOST_QUERIES) this.#queries.delete(oldest);
    return query;
  }

  #find({ series, matches }: Query): readonly Event[] {
    if (series === null) return this.#index.search(matches);
    const found = this.#index.lookup(series.host, series.service);
    return found === null ? [] : [found];
  }
}

/** A Msg may come in parts, which are one when they stand one after the other. */
async function frameOf(events: readonly Event[]): Promise<Uint8Array<ArrayBuffer>> {
  const length = Buffer.alloc(HEADER);
  const parts = await inSlices(events, (slice) => encodeMsg({ events: slice.map(toWire) }));
  const all = [length, encodeMsg({ ok: true }), ...parts];
  length.writeUInt32BE(all.reduce((sum, part) => sum + part.length, -HEADER));
  return joined(all);
}

async function linesOf(events: readonly Event[]): Promise<Uint8Array<ArrayBuffer>> {
  return joined(
    await inSlices(events, (slice) => Buffer.from(slice.map((event) => `${formatJson(event)}\n`).join(""))),
  );
}

async function inSlices(events: readonly Event[], write: (slice: readonly Event[]) => Buffer): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for (let at = 0; at < events.length; at += SLICE) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    parts.push(write(events.slice(at, at + SLICE)));
  }
  return parts;
}

/** In memory of its own, which may be handed to another thread. */
function joined(parts: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
