import type { Cancel, Clock } from "../core/clock.ts";
import { encodeFrame } from "../wire/codec.ts";
import type { QueryPort } from "./query-port.ts";
import { type ReaderBudget, TOO_MANY_ASK, TOO_MUCH_UNREAD } from "./reader-budget.ts";
import type { QueryCounts, QueryResult } from "./report.ts";

/** No answer is held back longer: clients resend or give up after about 5 s. */
const MAX_ASK_SECONDS = 4;
/** Maximum length of a query: an `or` of a thousand services has half of it. */
const MAX_QUERY_CHARACTERS = 64 * 1024;

/** The queries of all connections, within the budget of all readers; the next are refused. */
export class QueryLimiter {
  readonly queries: QueryPort;
  readonly budget: ReaderBudget;
  readonly clock: Clock;
  readonly counts: QueryCounts;

  constructor(queries: QueryPort, budget: ReaderBudget, clock: Clock, counts: QueryCounts) {
    this.queries = queries;
    this.budget = budget;
    this.clock = clock;
    this.counts = counts;
  }

  /**
   * Begins one, or says why it is refused.
   *
   * @param onAnswer - Given the answer to each query that is asked, once and never before `ask` returns.
   */
  open(onAnswer: (answer: Buffer) => void): ClientQueries | string {
    return this.budget.ask() ? new ClientQueries(this, onAnswer) : TOO_MANY_ASK;
  }
}

/**
 * The queries that one read of a connection brought, asked one after the other.
 *
 * idle: nothing is under way. awaited: the client waits for the answer, four seconds at most. late: the answer took too
 * long; nothing more is asked, as the messages behind have waited long enough. ended: nobody waits; there is room for
 * another when what was asked last is answered, which is thrown away.
 */
export class ClientQueries {
  readonly #all: QueryLimiter;
  readonly #onAnswer: (answer: Buffer) => void;
  #isUnderWay = false;
  #isAwaited = false;
  #isLate = false;
  #isEnded = false;
  #held: ArrayBufferLike | null = null;
  #cancel: Cancel = () => {};

  constructor(all: QueryLimiter, onAnswer: (answer: Buffer) => void) {
    this.#all = all;
    this.#onAnswer = onAnswer;
  }

  /** Asks, or says why not. Only when the query before is answered. */
  ask(query: string): string | null {
    if (this.#isLate) return `a query before this one took longer than ${MAX_ASK_SECONDS} s: try again later`;
    if (query.length > MAX_QUERY_CHARACTERS)
      return `query of ${query.length} characters is longer than the limit of ${MAX_QUERY_CHARACTERS}: ask in parts`;
    this.#release();
    this.#isUnderWay = true;
    this.#isAwaited = true;
    this.#cancel = this.#all.clock.after(MAX_ASK_SECONDS, () => {
      this.#isLate = true;
      this.#answer("timeout", refused(`the query took longer than ${MAX_ASK_SECONDS} s: try again later`));
    });
    void this.#all.queries.ask(query).then((answer) => {
      this.#isUnderWay = false;
      if (this.#isAwaited) this.#give(answer);
      else if (this.#isEnded) this.#all.budget.answered();
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
    this.#release();
    if (this.#isAwaited) this.#settle("abandoned");
    if (!this.#isUnderWay) this.#all.budget.answered();
  }

  #give(answer: Buffer): void {
    if (!this.#all.budget.hold(answer.buffer)) return this.refuse(TOO_MUCH_UNREAD);
    this.#held = answer.buffer;
    this.#answer("answered", answer);
  }

  #release(): void {
    if (this.#held !== null) this.#all.budget.release(this.#held);
    this.#held = null;
  }

  #answer(result: QueryResult, answer: Buffer): void {
    this.#settle(result);
    this.#onAnswer(answer);
  }

  #settle(result: QueryResult): void {
    this.#isAwaited = false;
    this.#cancel();
    this.#all.counts[result]++;
  }
}

function refused(error: string): Buffer {
  return encodeFrame({ ok: false, error });
}
