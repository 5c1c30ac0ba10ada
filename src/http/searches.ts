import type { ServerResponse } from "node:http";
import { type ReaderBudget, TOO_MANY_ASK, TOO_MUCH_UNREAD } from "../ingest/reader-budget.ts";
import type { Answer } from "../runtime/report.ts";
import type { Unread } from "./unread.ts";

/** The searches of HTTP clients, within the budget of all readers. */
export class Searches {
  readonly #search: (query: string) => Promise<Answer>;
  readonly #budget: ReaderBudget;
  readonly #unread: Unread;

  constructor(search: (query: string) => Promise<Answer>, budget: ReaderBudget, unread: Unread) {
    this.#search = search;
    this.#budget = budget;
    this.#unread = unread;
  }

  /** The answer to a query, which `response` is going to hold until the client has read it. */
  async answer(query: string, response: ServerResponse): Promise<Answer> {
    if (!this.#budget.ask()) return { kind: "failed", error: TOO_MANY_ASK };
    const answer = await this.#search(query).finally(() => this.#budget.answered());
    if (answer.kind === "found" && !this.#unread.hold(answer.bytes, response))
      return { kind: "failed", error: TOO_MUCH_UNREAD };
    return answer;
  }
}
