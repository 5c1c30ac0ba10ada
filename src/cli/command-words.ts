import { didYouMean } from "../core/did-you-mean.ts";
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

/** What the argument is that is missing. */
const NEEDED: Readonly<Record<string, string>> = {
  init: ": the directory to make",
  query: ", such as 'state = \"critical\"'",
  replay: ": the directory of --record",
  silence: ": a query, list or end",
  spill: ": the directory that start has as --data",
};

export const SPILL_WORDS = ["list", "show", "resend", "drop"] as const;

/** What yargs says about the words of a command line, the command first. @param flags - Those of the command. */
export function inOurWords(message: string, words: readonly string[], flags: readonly string[]): string {
  const [command = ""] = words;
  const help = COMMANDS.includes(command) ? `fast-ts ${command} --help` : "fast-ts --help";
  const problem =
    misplaced(message, words) ?? unknown(message, words, flags) ?? noChoice(message) ?? lowerFirst(message);
  return `${problem}${problem.endsWith("?") ? " See" : "; see"} ${help}`;
}

/** What there is not, as it was typed, and what may have been meant. */
function unknown(message: string, words: readonly string[], flags: readonly string[]): string | null {
  const [, names] = /^Unknown (?:argument|command)s?: (.*)$/.exec(message) ?? [];
  if (names === undefined) return null;
  const isCommand = /^[^-]/.test(words[0] ?? "") && !COMMANDS.includes(words[0] ?? "");
  const typed = isCommand ? words.slice(0, 1) : [...new Set(names.split(", ").map((name) => typedAs(name, words)))];
  const [first = "", ...more] = typed;
  const [, dashes = "", name = ""] = /^(--no-|-*)(.*)$/.exec(first) ?? [];
  const meant = didYouMean(name.replaceAll("_", "-"), isCommand ? COMMANDS : dashes === "" ? [] : flags);
  const hint = meant === null || more.length > 0 ? "" : `; did you mean ${dashes}${meant}?`;
  return `unknown ${isCommand ? "command" : "argument"}${more.length > 0 ? "s" : ""}: ${typed.join(", ")}${hint}`;
}

/** The word of which yargs has made `name`, without a value: dashes are gone, `foo-bar` is `fooBar` as well. */
function typedAs(name: string, words: readonly string[]): string {
  const typed = words.map((word) => (word.startsWith("-") ? word.replace(/=.*/s, "") : word));
  const named = (word: string): string[] => [word, word.replace(/^-+/, ""), word.replace(/^--no-/, "")];
  const isIt = (one: string): boolean => one === name || camelCase(one) === name;
  return typed.find((word) => named(word).some(isIt)) ?? name;
}

function camelCase(name: string): string {
  return name.replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A value that is none of several. */
function noChoice(message: string): string | null {
  const [, name = "", given, choices] = /Argument: ([\w-]+), Given: (.*), Choices: (.*)$/.exec(message) ?? [];
  if (given === undefined || choices === undefined) return null;
  return `${POSITIONALS.has(name) ? name : `--${name}`}: must be one of ${choices.replaceAll('"', "")}, got ${given}`;
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
