/** Maximum characters of a text that are searched for a pattern. */
export const MAX_SEARCHED_CHARACTERS = 8_192;

/** Whether a whole text is like `pattern`, in which `%` stands for any characters, or none, and all others for themselves. */
export function compileLike(pattern: string): (text: string) => boolean {
  const [first = "", ...pieces] = pattern.split("%");
  const last = pieces.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const middle = text.slice(first.length, Math.min(text.length - last.length, MAX_SEARCHED_CHARACTERS));
    let at = 0;
    for (const piece of pieces) {
      const found = middle.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return true;
  };
}
