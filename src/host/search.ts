import { monotonic } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { EventIndex } from "../core/event-index.ts";
import { coerceError } from "../errors.ts";
import { compileQuery, type Query } from "../query/query.ts";
import { formatJson } from "../sinks/format-json.ts";
import { encodeMsg, toWire } from "../wire/codec.ts";
import { HEADER } from "../wire/frames.ts";
import type { Answer, Form } from "./report.ts";
import { TURN_SECONDS } from "./turn.ts";

export const NO_INDEX: Answer = { kind: "none", error: "no index" };

/** A query waits so long at most for what came before it, in a worker twice. */
export const CATCH_UP_SECONDS = 0.75;
/** A client is not answered later than this anyway. */
const LONGEST_SECONDS = 2;
/** So many compiled queries are kept: dashboards ask the same ones again and again. */
const MOST_QUERIES = 64;
/** So many events are written in one turn. */
const SLICE = 100;
/** Clients take as much as they can hold, or less. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/** Answers queries from the index of a thread. */
export class Search {
  readonly #index: EventIndex;
  readonly #longest: number;
  readonly #queries = new Map<string, Query>();

  /** @param longest - Seconds that the search for one query may take. */
  constructor(index: EventIndex, longest: number = LONGEST_SECONDS) {
    this.#index = index;
    this.#longest = longest;
  }

  /** Looks among the events that are there when it is called, and writes what it finds, in as many turns as that takes. Never rejects. */
  async answer(text: string, form: Form): Promise<Answer> {
    let query: Query;
    try {
      query = this.#compiled(text);
    } catch (thrown) {
      return { kind: "wrong", error: coerceError(thrown).message };
    }
    const found = await this.#find(query);
    if (found === null) return failed(`the query takes longer than ${this.#longest} s: ask for fewer patterns`);
    try {
      const bytes = form === "frame" ? await frameOf(found) : await linesOf(found);
      return bytes === null
        ? failed(`the answer to the query is longer than ${LONGEST_ANSWER} bytes: ask for fewer events`)
        : { kind: "found", bytes };
    } catch (thrown) {
      // User code made an event of something that is none: it cannot be written.
      return failed(`an event of the index cannot be written: ${coerceError(thrown).message}`);
    }
  }

  #compiled(text: string): Query {
    const query = this.#queries.get(text) ?? compileQuery(text);
    this.#queries.delete(text); // to be the newest
    this.#queries.set(text, query);
    for (const oldest of this.#queries.keys()) if (this.#queries.size > MOST_QUERIES) this.#queries.delete(oldest);
    return query;
  }

  /** `null` when it takes too long: patterns and long texts may. */
  async #find({ series, matches }: Query): Promise<readonly Event[] | null> {
    if (series !== null) return [this.#index.lookup(series.host, series.service)].filter((event) => event !== null);
    const found: Event[] = [];
    const until = monotonic() + this.#longest;
    let turnEnd = monotonic() + TURN_SECONDS;
    for (const event of this.#index.search()) {
      if (matches(event)) found.push(event);
      if (monotonic() < turnEnd) continue;
      if (monotonic() > until) return null;
      await nextTurn();
      turnEnd = monotonic() + TURN_SECONDS;
    }
    return found;
  }
}

function failed(error: string): Answer {
  return { kind: "failed", error };
}

/** A Msg may come in parts, which are one when they stand one after the other. */
async function frameOf(events: readonly Event[]): Promise<Bytes | null> {
  const length = Buffer.alloc(HEADER);
  const parts = await inSlices(events, (slice) => encodeMsg({ events: slice.map(toWire) }));
  if (parts === null) return null;
  const all = [length, encodeMsg({ ok: true }), ...parts];
  length.writeUInt32BE(all.reduce((sum, part) => sum + part.length, -HEADER));
  return joined(all);
}

async function linesOf(events: readonly Event[]): Promise<Bytes | null> {
  const parts = await inSlices(events, (slice) => Buffer.from(slice.map((event) => `${formatJson(event)}\n`).join("")));
  return parts && joined(parts);
}

/** `null` when there is too much of it. */
async function inSlices(
  events: readonly Event[],
  write: (slice: readonly Event[]) => Buffer,
): Promise<Buffer[] | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for (let at = 0; at < events.length; at += SLICE) {
    if (at > 0) await nextTurn();
    const part = write(events.slice(at, at + SLICE));
    length += part.length;
    if (length > LONGEST_ANSWER) return null;
    parts.push(part);
  }
  return parts;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** In memory of its own, which may be handed to another thread. */
function joined(parts: readonly Buffer[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
