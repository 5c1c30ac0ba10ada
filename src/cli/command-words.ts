import { didYouMean } from "../core/did-you-mean.ts";
import { FastTsError } from "../errors.ts";
import { OPTIONS } from "../options.ts";

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

/** What the argument is that is missing. */
const NEEDED: Readonly<Record<string, string>> = {
  init: ": the directory to make",
  query: ", such as 'state = \"critical\"'",
  replay: ": the directory of --record",
  silence: ": a query, list or end",
  spill: ": the directory that start has as --data",
};

export const SPILL_WORDS = ["list", "show", "resend", "drop"] as const;

/** What yargs says about the words of a command line, the command first. */
export function inOurWords(message: string, words: readonly string[]): string {
  const [command = ""] = words;
  if (!COMMANDS.includes(command)) return `${lowerFirst(message)}; see fast-ts --help`;
  const plain = lowerFirst(message).replace("unknown command", "unknown argument");
  const problem = misplaced(message, words) ?? `${plain}${meantFlag(plain, command)}`;
  return `${problem}${problem.endsWith("?") ? " See" : "; see"} fast-ts ${command} --help`;
}

/** What may have been meant by a flag of `start` that there is not. */
function meantFlag(message: string, command: string): string {
  const [, unknown] = /^unknown argument: ([\w-]+)$/.exec(message) ?? [];
  if (command !== "start" || unknown === undefined) return "";
  const flags = Object.values(OPTIONS).map(({ name }) => name);
  const meant = didYouMean(unknown.replaceAll("_", "-"), flags);
  return meant === null ? "" : `; did you mean --${meant}?`;
}

/** What is hardly meant otherwise. */
function misplaced(message: string, [command = "", ...rest]: readonly string[]): string | null {
  const [first = "", second = ""] = rest;
  const unknown = /^Unknown (?:argument|command)s?: ([^,]*)/.exec(message)?.[1];
  if (command === "start" && unknown !== undefined && rest.includes(unknown))
    return `start: takes options alone, ${unknown} is none; for a directory of routes: fast-ts start --route-dir ${unknown}`;
  if (command === "spill" && isSpillWord(first) && !isSpillWord(second))
    return (
      `spill: DIR is missing in fast-ts spill DIR ${first}: the directory that start has as --data (FTS_DATA), ` +
      "or a sink as spill: { dir }"
    );
  if (!message.startsWith("Not enough non-option")) return null;
  return command === "spill" && first !== ""
    ? `spill: ${first} is followed by ${SPILL_WORDS.slice(0, -1).join(", ")} or ${SPILL_WORDS.at(-1)}`
    : `${command} needs an argument${NEEDED[command] ?? ""}`;
}

function isSpillWord(word: string): boolean {
  return SPILL_WORDS.some((one) => one === word);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
