import type { Event } from "../core/event.ts";
import { coerceError } from "../errors.ts";
import type { EventIndex } from "../kit/event-index.ts";
import { compileQuery, type Query } from "../query/query.ts";
import { AnswerWriter } from "./answer-writer.ts";
import type { Answer, Form } from "./report.ts";
import { type SlicedWork, type SliceThread, TimeSlices } from "./time-slice.ts";

export const NO_INDEX: Answer = { kind: "none", error: "no index" };
export const NO_WORKER: Answer = { kind: "failed", error: "the worker with the index is being replaced: ask again" };

/** Maximum time a query waits for the events before it; in a worker, twice this. */
export const CATCH_UP_SECONDS = 0.75;
/** So long after an event events count as coming: searches get a quarter of the thread. */
export const EVENTS_COME_SECONDS = 0.1;
/** Maximum time of a search from the question to the answer: its client does not wait much longer. */
const MAX_SEARCH_SECONDS = 3;
/** Maximum time of its own work: those behind it wait for that. */
const MAX_WORK_SECONDS = 2;
const WAITED = `the query waited ${MAX_SEARCH_SECONDS} s for those before it: ask again later; a host and service are looked up at once`;
const INTERRUPTED = `the query was not done in ${MAX_SEARCH_SECONDS} s, as events come first: ask again later, or for less`;
const SLOW = `the query takes longer than ${MAX_WORK_SECONDS} s: ask for fewer patterns, or fewer events`;
/** Looks at the index between two looks at the clock, which cost as much. */
const LOOKS_PER_CHECK = 8;
/** Compiled queries that are kept: dashboards ask the same ones again and again. */
const MAX_KEPT_QUERIES = 64;

/** Answers queries from the index of a thread. */
export class Search {
  readonly #index: EventIndex;
  readonly #thread: SliceThread;
  readonly #slices: TimeSlices;
  readonly #queries = new Map<string, Query>();

  constructor(index: EventIndex, thread: SliceThread) {
    this.#index = index;
    this.#thread = thread;
    this.#slices = new TimeSlices(thread);
  }

  /**
   * Looks host and service up at once; looks through the whole index when the searches before are done. Writes what it
   * finds in each form. What is in the index all that time is found, as it is when it is looked at. Never rejects.
   */
  answer(text: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    return new Promise((resolve) => {
      this.#slices.add(
        new SearchWork({
          compile: () => this.#compiled(text),
          index: this.#index,
          now: this.#thread.now,
          forms,
          answer: resolve,
        }),
      );
    });
  }

  #compiled(text: string): Query {
    const query = this.#queries.get(text) ?? compileQuery(text);
    this.#queries.delete(text); // to be the newest
    this.#queries.set(text, query);
    for (const oldest of this.#queries.keys()) if (this.#queries.size > MAX_KEPT_QUERIES) this.#queries.delete(oldest);
    return query;
  }
}

interface SearchOptions {
  compile(): Query;
  readonly index: EventIndex;
  now(): number;
  readonly forms: readonly Form[];
  answer(answers: readonly Answer[]): void;
}

/** One search: its first step compiles the query and looks host and service up, the next ones look through the index. */
class SearchWork implements SlicedWork {
  readonly #options: SearchOptions;
  readonly #came: number;
  #worked = 0;
  #query: Query | null = null;
  #candidates: Iterator<Event> | null = null;
  #writers: readonly AnswerWriter[] = [];

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#came = options.now();
  }

  step(isOver: () => boolean): "done" | "more" {
    const begun = this.#options.now();
    if (begun - this.#came > MAX_SEARCH_SECONDS) return this.#fail(this.#candidates === null ? WAITED : INTERRUPTED);
    if (this.#worked > MAX_WORK_SECONDS) return this.#fail(SLOW);
    try {
      if (this.#query === null) {
        this.#query = this.#options.compile();
        if (this.#query.series === null) return "more";
      }
    } catch (thrown) {
      return this.#end({ kind: "wrong", error: coerceError(thrown).message });
    }
    try {
      this.#candidates ??= this.#begin(this.#query);
      // One event is not worth a turn of its own.
      return this.#look(this.#query, this.#candidates, this.#query.series === null ? isOver : () => false);
    } catch (thrown) {
      // User code made an invalid event: it cannot be written.
      return this.#fail(`an event of the index cannot be written: ${coerceError(thrown).message}`);
    } finally {
      this.#worked += this.#options.now() - begun;
    }
  }

  #begin({ series }: Query): Iterator<Event> {
    const { index, forms } = this.#options;
    this.#writers = forms.map((form) => new AnswerWriter(form));
    return series === null ? index.walk() : present(index.lookup(series.host, series.service));
  }

  #look({ matches }: Query, candidates: Iterator<Event>, isOver: () => boolean): "done" | "more" {
    for (let looks = 1; ; looks++) {
      const { done, value } = candidates.next();
      if (done === true) return this.#end(null);
      if (matches(value)) {
        for (const writer of this.#writers) writer.add(value);
        if (this.#writers.every((writer) => writer.isLong)) return this.#end(null);
      } else if (looks % LOOKS_PER_CHECK !== 0) continue;
      if (isOver()) return "more";
    }
  }

  #fail(error: string): "done" {
    return this.#end({ kind: "failed", error });
  }

  /** @param answer - The one for all forms; `null`: what was written. */
  #end(answer: Answer | null): "done" {
    const { forms } = this.#options;
    this.#options.answer(answer === null ? this.#writers.map((writer) => writer.finish()) : forms.map(() => answer));
    return "done";
  }
}

function present(event: Event | null): Iterator<Event> {
  return (event === null ? [] : [event]).values();
}
