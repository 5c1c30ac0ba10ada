import type { Cancel, Clock } from "../core/clock.ts";
import { encodeFrame } from "../wire/codec.ts";
import type { QueryPort } from "./query-port.ts";
import type { QueryCounts, QueryResult } from "./report.ts";

/** Maximum clients with queries under way. Each may keep what was read behind its query, and an unread answer. */
const MAX_OPEN_CLIENTS = 100;
/** Maximum bytes of unread answers, all clients together: four of the longest. */
const MAX_UNREAD_BYTES = 256 * 1024 * 1024;
/** Answers up to this length are not counted. */
const SHORT_BYTES = 64 * 1024;
/** No answer is held back longer: clients resend or give up after about 5 s. */
const MAX_ASK_SECONDS = 2;
/** Maximum length of a query: an `or` of a thousand services has half of it. */
const MAX_QUERY_CHARACTERS = 64 * 1024;

/** The queries of all connections: up to 100 at once, with 256 MiB of answers; the next are refused. */
export class QueryLimiter {
  readonly queries: QueryPort;
  readonly clock: Clock;
  readonly counts: QueryCounts;
  #open = 0;
  #unread = 0;

  constructor(queries: QueryPort, clock: Clock, counts: QueryCounts) {
    this.queries = queries;
    this.clock = clock;
    this.counts = counts;
  }

  /**
   * Begins one, or says why it is refused.
   *
   * @param onAnswer - Given the answer to each query that is asked, once and never before `ask` returns.
   */
  open(onAnswer: (answer: Buffer) => void): ClientQueries | string {
    if (this.#open >= MAX_OPEN_CLIENTS)
      return `${MAX_OPEN_CLIENTS} clients are waiting for answers to queries: try again later`;
    this.#open++;
    return new ClientQueries(this, onAnswer);
  }

  /** One has ended, and nothing that it asked is under way. */
  closed(): void {
    this.#open--;
  }

  /** Reserves this many bytes for an unread answer, until they are released; false when there is no room. */
  hold(bytes: number): boolean {
    if (this.#unread + bytes > MAX_UNREAD_BYTES) return false;
    this.#unread += bytes;
    return true;
  }

  /** The client has read them, or has gone. */
  release(bytes: number): void {
    this.#unread -= bytes;
  }
}

/**
 * The queries that one read of a connection brought, asked one after the other.
 *
 * idle: nothing is under way. awaited: the client waits for the answer, two seconds at most. late: the answer took too
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
  #held = 0;
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
    this.#release();
    if (this.#isAwaited) this.#settle("abandoned");
    if (!this.#isUnderWay) this.#all.closed();
  }

  #give(answer: Buffer): void {
    if (answer.length > SHORT_BYTES) {
      if (!this.#all.hold(answer.length)) {
        const reason = `clients have yet to read more than ${MAX_UNREAD_BYTES} bytes of answers: try again later`;
        return this.refuse(reason);
      }
      this.#held = answer.length;
    }
    this.#answer("answered", answer);
  }

  #release(): void {
    this.#all.release(this.#held);
    this.#held = 0;
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
