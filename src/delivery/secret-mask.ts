// Credentials that were looked up in this thread, and the way to hide them.

/** Shorter ones would mask half a text. */
const MIN_MASKED_CHARACTERS = 4;
const values = new Set<string>();
/** In all forms, the longest first: another may be part of it. */
let known: readonly string[] = [];

/** Has `mask` hide a credential from now on. */
export function remember(value: string): void {
  if (values.has(value)) return;
  values.add(value);
  const base64 = Buffer.from(value).toString("base64");
  const forms = [value, encodeURIComponent(value), base64, ...insideBase64(value)];
  const masked = forms.filter((form) => form.length >= MIN_MASKED_CHARACTERS);
  known = [...new Set([...known, ...masked])].sort((a, b) => b.length - a.length);
}

/** What a text becomes in the base64 of a longer one, such as `user:password`: there are three ways, by where it begins. */
function insideBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    return whole.toString("base64").slice(Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6));
  });
}

/** What this thread was told to hide, for another one to remember. */
export function knownSecrets(): string[] {
  return [...values];
}

/**
 * The end of a text, at least its last `characters`, cut at no place inside a secret: the rest of one that is cut is
 * not masked. A secret of which the end is yet to come is there whole.
 */
export function endOutsideSecrets(text: string, characters: number): string {
  const longest = known[0]?.length ?? 0;
  const kept = Math.max(characters, longest);
  // A secret that is cut begins at most its length before the cut: what stands before that is not looked at.
  const end = text.slice(-(kept + longest));
  let from = end.length - kept;
  for (let before = from + 1; from > 0 && before !== from; ) {
    before = from;
    for (const value of known) {
      const at = end.lastIndexOf(value, from - 1);
      if (at >= 0) from = Math.max(from, at + value.length);
    }
  }
  return from <= 0 ? end : end.slice(from);
}

/** The text with every secret that was looked up in this thread replaced by `***`, also where it is encoded. */
export function mask(text: string): string {
  let masked = text;
  for (const value of known) if (masked.includes(value)) masked = masked.replaceAll(value, "***");
  return masked;
}
