/** What waits for answers that come by number. */
export class WaitingAnswers<T> {
  readonly #waiting = new Map<number, (answer: T) => void>();
  #asked = 0;

  /** The number of a further question. */
  ask(answered: (answer: T) => void): number {
    this.#waiting.set(this.#asked, answered);
    return this.#asked++;
  }

  answer(number: number, answer: T): void {
    this.#waiting.get(number)?.(answer);
    this.#waiting.delete(number);
  }
}
