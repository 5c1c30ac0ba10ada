/** Shorter ones would mask half a text. */
const MIN_MASKED_CHARACTERS = 4;

/** Credentials, and the way to hide them. */
export class Secrets {
  readonly #values = new Set<string>();
  /** In all forms, the longest first: another may be part of it. */
  #known: readonly string[] = [];

  get values(): string[] {
    return [...this.#values];
  }

  add(value: string): void {
    if (this.#values.has(value)) return;
    this.#values.add(value);
    const base64 = Buffer.from(value).toString("base64");
    const forms = [value, encodeURIComponent(value), base64, ...insideBase64(value)];
    const masked = forms.filter((form) => form.length >= MIN_MASKED_CHARACTERS);
    this.#known = [...new Set([...this.#known, ...masked])].sort((a, b) => b.length - a.length);
  }

  /** The text with every credential replaced by `***`, also where it is encoded. */
  mask(text: string): string {
    let masked = text;
    for (const value of this.#known) if (masked.includes(value)) masked = masked.replaceAll(value, "***");
    return masked;
  }

  /**
   * The end of a text, at least its last `characters`, cut at no place inside a credential: the rest of one that is cut is
   * not masked. One of which the end is yet to come is there whole.
   */
  endOutside(text: string, characters: number): string {
    const longest = this.#known[0]?.length ?? 0;
    const kept = Math.max(characters, longest);
    // One that is cut begins at most its length before the cut: what stands before that is not looked at.
    const end = text.slice(-(kept + longest));
    let from = end.length - kept;
    for (let before = from + 1; from > 0 && before !== from; ) {
      before = from;
      for (const value of this.#known) {
        const at = end.lastIndexOf(value, from - 1);
        if (at >= 0) from = Math.max(from, at + value.length);
      }
    }
    return from <= 0 ? end : end.slice(from);
  }
}

/** What a text becomes in the base64 of a longer one, such as `user:password`: there are three ways, by where it begins. */
function insideBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    return whole.toString("base64").slice(Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6));
  });
}

/** The credentials that were looked up in this thread. */
const looked = new Secrets();

/** Has `mask` hide a credential from now on. */
export function remember(value: string): void {
  looked.add(value);
}

/** What this thread was told to hide, for another one to remember. */
export function knownSecrets(): string[] {
  return looked.values;
}

/** See {@link Secrets.endOutside}: of the credentials that were looked up in this thread. */
export function endOutsideSecrets(text: string, characters: number): string {
  return looked.endOutside(text, characters);
}

/** The text with every secret that was looked up in this thread replaced by `***`, also where it is encoded. */
export function mask(text: string): string {
  return looked.mask(text);
}
