/** An end may have any reason; the second one in a row has that which both have in common. */
const MAX_ENDS = 1;

/** The states that were restored in a thread and not saved there since: they may be what it ends by. */
export class UnprovenStates {
  /** By name, how many threads in a row have ended with it. */
  readonly #ends = new Map<string, number>();

  restored(name: string): void {
    this.#ends.set(name, this.#ends.get(name) ?? 0);
  }

  /** It was saved, is gone, or is not restored again. */
  forget(name: string): void {
    this.#ends.delete(name);
  }

  /** The thread of these has ended. Returns those that are not to be restored again: it hung, or is the second one in a row. */
  ended(names: readonly string[], hasHung: boolean): readonly { readonly name: string; readonly why: string }[] {
    const unproven = names.filter((name) => this.#ends.has(name));
    for (const name of unproven) this.#ends.set(name, (this.#ends.get(name) ?? 0) + 1);
    const why = `${hasHung ? "its worker hung" : "two workers in a row ended"} before it was saved again`;
    const suspects = unproven.filter((name) => hasHung || (this.#ends.get(name) ?? 0) > MAX_ENDS);
    return suspects.map((name) => ({ name, why }));
  }
}
