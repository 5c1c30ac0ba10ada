import type { Answer, Form } from "./report.ts";

/** Those who have asked while an equal query was under way. */
interface Followers {
  readonly forms: Set<Form>;
  readonly answers: Promise<ReadonlyMap<Form, Answer>>;
  readonly begin: () => void;
}

/**
 * Equal queries that wait, whoever asks them and in whatever form, share one search, which begins after the last of them
 * came: so each finds what was acknowledged before it. A query that is alone begins at once.
 */
export class SharedSearches {
  readonly #search: (query: string, forms: readonly Form[]) => Promise<readonly Answer[]>;
  /** Queries under way, with those who wait for the next search. */
  readonly #underWay = new Map<string, Followers | null>();

  /** @param search - Answers in each form, in their order. Never rejects. */
  constructor(search: (query: string, forms: readonly Form[]) => Promise<readonly Answer[]>) {
    this.#search = search;
  }

  /** Equal queries may be given the same bytes: they are not to be changed or transferred. */
  async ask(query: string, form: Form): Promise<Answer> {
    const followers = this.#underWay.get(query);
    if (followers === undefined) return answerIn(await this.#begin(query, [form]), form);
    const { forms, answers } = followers ?? this.#follow(query);
    forms.add(form);
    return answerIn(await answers, form);
  }

  #follow(query: string): Followers {
    const forms = new Set<Form>();
    let begin = (): void => {};
    const answers = new Promise<ReadonlyMap<Form, Answer>>((resolve) => {
      begin = () => resolve(this.#begin(query, [...forms]));
    });
    const followers = { forms, answers, begin };
    this.#underWay.set(query, followers);
    return followers;
  }

  async #begin(query: string, forms: readonly Form[]): Promise<ReadonlyMap<Form, Answer>> {
    this.#underWay.set(query, null);
    const answers = await this.#search(query, forms).finally(() => {
      const followers = this.#underWay.get(query);
      this.#underWay.delete(query);
      followers?.begin();
    });
    return new Map(answers.map((answer, at) => [forms[at] ?? "lines", answer]));
  }
}

function answerIn(answers: ReadonlyMap<Form, Answer>, form: Form): Answer {
  return answers.get(form) ?? { kind: "failed", error: "the index did not answer" };
}
