/** A text as one word of a shell's command line: in single quotes where it would be several, or mean something else. */
export function shellWord(text: string): string {
  return /^[\w@./:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
