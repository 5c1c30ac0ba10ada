/** What waits for answers that come by number. */
export class WaitingAnswers<T> {
  readonly #waiting = new Map<number, (answer: T) => void>();
  /** How many questions there were. */
  asked = 0;

  /** The number of a further question. */
  ask(answered: (answer: T) => void): number {
    this.#waiting.set(this.asked, answered);
    return this.asked++;
  }

  /** The number of the first that has no answer; of the next one, when all have. */
  get first(): number {
    const [first = this.asked] = this.#waiting.keys();
    return first;
  }

  answer(number: number, answer: T): void {
    this.#waiting.get(number)?.(answer);
    this.#waiting.delete(number);
  }
}
