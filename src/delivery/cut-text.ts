/** UTF-16 code units. */
const unitsOf = (text: string): number => text.length;

/** The text, or as much of it as fits with an ellipsis behind it; no character is cut in two. */
export function cutText(text: string, max: number, size: (text: string) => number = unitsOf): string {
  if (size(text) <= max) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (size(`${text.slice(0, middle)}…`) <= max) low = middle;
    else high = middle - 1;
  }
  const isSplit = /[\ud800-\udbff]$/.test(text.slice(0, low));
  return low === 0 ? "" : `${text.slice(0, isSplit ? low - 1 : low)}…`;
}

/** The size of a text as targets count that have a limit in bytes. */
export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}
