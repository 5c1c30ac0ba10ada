import type { Cancel, Clock } from "../core/clock.ts";
import { encodeFrame } from "../wire/codec.ts";
import type { Queries } from "./queries.ts";
import type { Counts, QueryResult } from "./report.ts";

/** Each may keep what was read behind its query, and an answer that the client has not read yet. */
const MOST_OPEN = 100;
/** No answer is held back longer: clients resend or give up after about 5 s. */
const LONGEST_ASK_SECONDS = 2;
/** Longest text of a query, characters: an `or` of a thousand services has half of it. */
const LONGEST_QUERY = 64 * 1024;

/** The inquiries of all connections: up to 100 at once, the next are refused. */
export class Inquiries {
  readonly queries: Queries;
  readonly clock: Clock;
  readonly counts: Counts;
  #open = 0;

  constructor(queries: Queries, clock: Clock, counts: Counts) {
    this.queries = queries;
    this.clock = clock;
    this.counts = counts;
  }

  /**
   * Begins one, or says why it is refused.
   *
   * @param onAnswer - Given the answer to each query that is asked, once and never before `ask` returns.
   */
  open(onAnswer: (answer: Buffer) => void): Inquiry | string {
    if (this.#open >= MOST_OPEN) return `${MOST_OPEN} clients are waiting for answers to queries: try again later`;
    this.#open++;
    return new Inquiry(this, onAnswer);
  }

  /** One has ended, and nothing that it asked is under way. */
  closed(): void {
    this.#open--;
  }
}

/**
 * The queries that one read of a connection brought, asked one after the other.
 *
 * idle: nothing is under way. awaited: the client waits for the answer, two seconds at most. late: it did so in vain;
 * nothing more is asked, as what is behind has waited long enough. ended: nobody waits; there is room for another when
 * what was asked last is answered, which is thrown away.
 */
export class Inquiry {
  readonly #all: Inquiries;
  readonly #onAnswer: (answer: Buffer) => void;
  #isUnderWay = false;
  #isAwaited = false;
  #isLate = false;
  #isEnded = false;
  #cancel: Cancel = () => {};

  constructor(all: Inquiries, onAnswer: (answer: Buffer) => void) {
    this.#all = all;
    this.#onAnswer = onAnswer;
  }

  /** Asks, or says why not. Only when the query before is answered. */
  ask(query: string): string | null {
    if (this.#isLate) return `a query before this one took longer than ${LONGEST_ASK_SECONDS} s: try again later`;
    if (query.length > LONGEST_QUERY)
      return `query of ${query.length} characters is longer than the limit of ${LONGEST_QUERY}: ask in parts`;
    this.#isUnderWay = true;
    this.#isAwaited = true;
    this.#cancel = this.#all.clock.after(LONGEST_ASK_SECONDS, () => {
      this.#isLate = true;
      this.#answer("timeout", refused(`the query took longer than ${LONGEST_ASK_SECONDS} s: try again later`));
    });
    void this.#all.queries.ask(query).then((answer) => {
      this.#isUnderWay = false;
      if (this.#isAwaited) this.#answer("answered", answer);
      else if (this.#isEnded) this.#all.closed();
    });
    return null;
  }

  /** Does not wait any longer for the answer to the query that is under way, if one is. */
  refuse(reason: string): void {
    if (this.#isAwaited) this.#answer("refused", refused(reason));
  }

  /** All is answered, or the client has gone. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#isAwaited) this.#settle("abandoned");
    if (!this.#isUnderWay) this.#all.closed();
  }

  #answer(result: QueryResult, answer: Buffer): void {
    this.#settle(result);
    this.#onAnswer(answer);
  }

  #settle(result: QueryResult): void {
    this.#isAwaited = false;
    this.#cancel();
    this.#all.counts.queries[result]++;
  }
}

function refused(error: string): Buffer {
  return encodeFrame({ ok: false, error });
}
