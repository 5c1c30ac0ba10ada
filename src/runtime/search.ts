import { monotonic } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import { coerceError } from "../errors.ts";
import type { EventIndex } from "../kit/event-index.ts";
import { compileQuery, type Query } from "../query/query.ts";
import { formatJson } from "../text/format-json.ts";
import { encodeMsg, toWire } from "../wire/codec.ts";
import { HEADER } from "../wire/frames.ts";
import type { Answer, Form } from "./report.ts";
import { TimeSlice } from "./time-slice.ts";
import { TURN_SECONDS } from "./turn.ts";

export const NO_INDEX: Answer = { kind: "none", error: "no index" };

/** Maximum time a query waits for the events before it; in a worker, twice this. */
export const CATCH_UP_SECONDS = 0.75;
/** A client is not answered later than this anyway. */
const MAX_SECONDS = 2;
/** Maximum compiled queries that are kept: dashboards repeat the same ones. */
const MAX_QUERIES = 64;
/** Events that are written in one turn. */
const SLICE_EVENTS = 100;
/** Maximum length of an answer: clients take as much, or less. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/** Why an answer is not given. */
type Excess = "long" | "late";

/** Answers queries from the index of a thread. */
export class Search {
  readonly #index: EventIndex;
  readonly #longest: number;
  readonly #queries = new Map<string, Query>();
  readonly #timeSlice = new TimeSlice();
  /** Ends when no long answer is being written. Side by side, all would take their memory at once, and all come too late. */
  #written: Promise<unknown> = Promise.resolve();

  /** @param longest - Seconds that the answer to one query may take. */
  constructor(index: EventIndex, longest: number = MAX_SECONDS) {
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
    const until = monotonic() + this.#longest;
    const found = await this.#find(query, until);
    if (found === null) return failed(`the query takes longer than ${this.#longest} s: ask for fewer patterns`);
    if (found.length <= SLICE_EVENTS) return this.#write(found, form, until);
    const written = this.#written.then(() => this.#write(found, form, until));
    this.#written = written;
    return written;
  }

  async #write(found: readonly Event[], form: Form, until: number): Promise<Answer> {
    try {
      const written = form === "frame" ? await frameOf(found, until) : await linesOf(found, until);
      switch (written) {
        case "long":
          return failed(`the answer to the query is longer than ${MAX_ANSWER_BYTES} bytes: ask for fewer events`);
        case "late":
          return failed(`the answer to the query takes longer than ${this.#longest} s: ask for fewer events`);
        default:
          return { kind: "found", bytes: written };
      }
    } catch (thrown) {
      // User code made an invalid event: it cannot be written.
      return failed(`an event of the index cannot be written: ${coerceError(thrown).message}`);
    }
  }

  #compiled(text: string): Query {
    const query = this.#queries.get(text) ?? compileQuery(text);
    this.#queries.delete(text); // to be the newest
    this.#queries.set(text, query);
    for (const oldest of this.#queries.keys()) if (this.#queries.size > MAX_QUERIES) this.#queries.delete(oldest);
    return query;
  }

  /** `null` when it takes too long: patterns and long texts may. */
  async #find({ series, matches }: Query, until: number): Promise<readonly Event[] | null> {
    if (series !== null) return [this.#index.lookup(series.host, series.service)].filter((event) => event !== null);
    const found: Event[] = [];
    const all = this.#index.search();
    await this.#timeSlice.next();
    let turnEnd = monotonic() + TURN_SECONDS;
    for (const event of all) {
      if (matches(event)) found.push(event);
      if (monotonic() < turnEnd) continue;
      await this.#timeSlice.next();
      if (monotonic() > until) return null;
      turnEnd = monotonic() + TURN_SECONDS;
    }
    return found;
  }
}

function failed(error: string): Answer {
  return { kind: "failed", error };
}

/** A Msg may come in parts, which are one when they stand one after the other. */
async function frameOf(events: readonly Event[], until: number): Promise<Bytes | Excess> {
  const length = Buffer.alloc(HEADER);
  const parts = await inSlices(events, until, (slice) => encodeMsg({ events: slice.map(toWire) }));
  if (typeof parts === "string") return parts;
  const all = [length, encodeMsg({ ok: true }), ...parts];
  length.writeUInt32BE(all.reduce((sum, part) => sum + part.length, -HEADER));
  return joined(all);
}

async function linesOf(events: readonly Event[], until: number): Promise<Bytes | Excess> {
  const parts = await inSlices(events, until, (slice) =>
    Buffer.from(slice.map((event) => `${formatJson(event)}\n`).join("")),
  );
  return typeof parts === "string" ? parts : joined(parts);
}

async function inSlices(
  events: readonly Event[],
  until: number,
  write: (slice: readonly Event[]) => Buffer,
): Promise<Buffer[] | Excess> {
  const parts: Buffer[] = [];
  let length = 0;
  for (let at = 0; at < events.length; at += SLICE_EVENTS) {
    if (at > 0) await nextTurn();
    if (events.length > SLICE_EVENTS && monotonic() > until) return "late";
    const part = write(events.slice(at, at + SLICE_EVENTS));
    length += part.length;
    if (length > MAX_ANSWER_BYTES) return "long";
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
