import type { Event } from "../core/event.ts";
import { coerceError } from "../errors.ts";
import type { EventIndex } from "../kit/event-index.ts";
import { compileQuery, type Query } from "../query/query.ts";
import { AnswerWriter } from "./answer-writer.ts";
import type { Answer, Form } from "./report.ts";
import { type SlicedWork, type SliceThread, TimeSlices } from "./time-slice.ts";

export const NO_INDEX: Answer = { kind: "none", error: "no index" };

/** Maximum time a query waits for the events before it; in a worker, twice this. */
export const CATCH_UP_SECONDS = 0.75;
/** A client is not answered later than this anyway. */
const MAX_SEARCH_SECONDS = 2;
/** Compiled queries that are kept: dashboards ask the same ones again and again. */
const MAX_KEPT_QUERIES = 64;
/** What is found beyond is not gathered, but written when it is found. */
const MAX_SHORT_EVENTS = 100;

/** Answers queries from the index of a thread. */
export class Search {
  readonly #index: EventIndex;
  readonly #thread: SliceThread;
  readonly #slices: TimeSlices;
  readonly #lane: Lane;
  readonly #queries = new Map<string, Query>();

  constructor(index: EventIndex, thread: SliceThread) {
    this.#index = index;
    this.#thread = thread;
    this.#slices = new TimeSlices(thread);
    this.#lane = new Lane((work) => this.#slices.add(work));
  }

  /**
   * Looks through the index from its first slice on, and writes what it finds in each form. What is in the index all that
   * time is found, as it is when it is looked at. Never rejects.
   */
  answer(text: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    const until = this.#thread.now() + MAX_SEARCH_SECONDS;
    return new Promise((resolve) => {
      this.#slices.add(
        new SearchWork({
          compile: () => this.#compiled(text),
          candidates: ({ series }) =>
            series === null ? this.#index.walk() : present(this.#index.lookup(series.host, series.service)),
          isLate: () => this.#thread.now() > until,
          lane: this.#lane,
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
  candidates(query: Query): Iterator<Event>;
  isLate(): boolean;
  readonly lane: Lane;
  readonly forms: readonly Form[];
  answer(answers: readonly Answer[]): void;
}

/**
 * One search. It gathers what it finds, and writes it when that is all. With more than 100 events it begins to write at
 * once, for which it needs the lane.
 */
class SearchWork implements SlicedWork {
  readonly #options: SearchOptions;
  readonly #writers: readonly AnswerWriter[];
  #query: Query | null = null;
  #candidates: Iterator<Event> = present(null);
  #found: Event[] = [];
  #isWriting = false;

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#writers = options.forms.map((form) => new AnswerWriter(form));
  }

  step(isOver: () => boolean): "done" | "more" | "waits" {
    if (this.#options.isLate()) return this.#fail(this.#lateness());
    try {
      this.#query ??= this.#begin();
    } catch (thrown) {
      return this.#end({ kind: "wrong", error: coerceError(thrown).message });
    }
    try {
      return this.#goOn(this.#query, isOver);
    } catch (thrown) {
      // User code made an invalid event: it cannot be written.
      return this.#fail(`an event of the index cannot be written: ${coerceError(thrown).message}`);
    }
  }

  #begin(): Query {
    const query = this.#options.compile();
    this.#candidates = this.#options.candidates(query);
    return query;
  }

  #goOn({ matches }: Query, isOver: () => boolean): "done" | "more" | "waits" {
    for (;;) {
      const toWrite = this.#isWriting ? this.#found.shift() : undefined;
      if (toWrite !== undefined) {
        for (const writer of this.#writers) writer.add(toWrite);
        if (this.#writers.every((writer) => writer.isLong)) return this.#end(null);
      } else {
        const { done, value } = this.#candidates.next();
        if (done === true) {
          if (this.#isWriting) return this.#end(null);
          this.#isWriting = true;
        } else if (matches(value)) this.#found.push(value);
        if (!this.#isWriting && this.#found.length > MAX_SHORT_EVENTS) {
          this.#isWriting = true;
          if (!this.#options.lane.enter(this)) return "waits";
        }
      }
      if (isOver()) return "more";
    }
  }

  #lateness(): string {
    const [what, fewer] = this.#isWriting ? ["the answer to the query", "events"] : ["the query", "patterns"];
    return `${what} takes longer than ${MAX_SEARCH_SECONDS} s: ask for fewer ${fewer}`;
  }

  #fail(error: string): "done" {
    return this.#end({ kind: "failed", error });
  }

  /** @param answer - The one for all forms; `null`: what was written. */
  #end(answer: Answer | null): "done" {
    this.#options.lane.leave(this);
    this.#options.answer(this.#writers.map((writer) => answer ?? writer.finish()));
    return "done";
  }
}

/** Long answers are written one at a time: side by side all would take their memory at once, and all come too late. */
class Lane {
  readonly #goOn: (work: SlicedWork) => void;
  readonly #waiting: SlicedWork[] = [];
  #holder: SlicedWork | null = null;

  constructor(goOn: (work: SlicedWork) => void) {
    this.#goOn = goOn;
  }

  /** Whether it is free for `work`, which is told otherwise when it is. */
  enter(work: SlicedWork): boolean {
    if (this.#holder !== null) this.#waiting.push(work);
    this.#holder ??= work;
    return this.#holder === work;
  }

  leave(work: SlicedWork): void {
    if (this.#holder !== work) return;
    this.#holder = this.#waiting.shift() ?? null;
    if (this.#holder !== null) this.#goOn(this.#holder);
  }
}

function present(event: Event | null): Iterator<Event> {
  return (event === null ? [] : [event]).values();
}
