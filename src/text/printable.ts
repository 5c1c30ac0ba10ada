// Control characters (C0, DEL, C1), line separators, and what is invisible: marks that turn the writing direction, blanks
// without width (U+200B–U+200F, U+2060–U+2069, U+FEFF), the Arabic letter mark (U+061C).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text from the network as a terminal may show it: on one line, and unable to steer the terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (c) => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
