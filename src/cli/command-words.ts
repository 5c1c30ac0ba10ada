import { FastTsError } from "../errors.ts";

/** The arguments that may be given many times. */
const LISTS: ReadonlySet<string> = new Set(["_", "paths", "name", "tag", "attribute", "sink"]);
const POSITIONALS: ReadonlySet<string> = new Set([
  "dir",
  "what",
  "target",
  "paths",
  "capture",
  "server",
  "query",
  "id",
]);

/** Of two values the last, or none at all, is hardly what was meant. */
export function checkValues(given: Readonly<Record<string, unknown>>): true {
  for (const [name, value] of Object.entries(given)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const where = POSITIONALS.has(name) ? name : `--${name}`;
    if (values.length > 1 && !LISTS.has(name))
      throw new FastTsError("FTS_OPTION", `${where}: may be given once, is given ${values.length} times`);
    if (values.includes("")) throw new FastTsError("FTS_OPTION", `${where}: must not be empty`);
  }
  return true;
}

export const COMMANDS = [
  "start",
  "check",
  "test",
  "replay",
  "sink-test",
  "send",
  "query",
  "silence",
  "spill",
  "init",
  "version",
];

/** What yargs says about the words after a command. */
export function inOurWords(message: string, command: string): string {
  if (!COMMANDS.includes(command)) return `${lowerFirst(message)}; see fast-ts --help`;
  const problem = message.startsWith("Not enough non-option")
    ? `${command} needs an argument`
    : lowerFirst(message).replace("unknown command", "unknown argument");
  return `${problem}; see fast-ts ${command} --help`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
