import { SourceMap } from "node:module";
import { findThrowsWith } from "../core/site.ts";
import type { Site } from "../core/stage.ts";
import type { RouteFile } from "./compile.ts";

/** A place in a user's source, and the text of its line. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly source: string | null;
}

/** The name under which a bundle runs and its frames appear in stacks. */
export function scriptName({ file, hash }: Pick<RouteFile, "file" | "hash">): string {
  return `${file}?${hash}`;
}

/** Makes the frames of a bundle known to {@link mapStack}, until the returned function is called. */
export function registerBundle(route: RouteFile): () => void {
  const script = scriptName(route);
  const known = bundles.get(script) ?? { script, text: route.map, uses: 0, map: null };
  known.uses++;
  bundles.set(script, known);
  let isRegistered = true;
  return () => {
    if (!isRegistered) return;
    isRegistered = false;
    if (--known.uses === 0) bundles.delete(script);
  };
}

/**
 * The stack with the frames of known bundles in the words of the user's own files: `file:line:column`. What comes after
 * the last of them is FastTS itself, and left out; of an error that FastTS raises on purpose, all that is not the user's.
 *
 * @param thrown - A stack, or what was thrown: its stack is taken, or its message when user code made that no text. Any
 * value will do, and none throws.
 * @param site - Where the stage that threw was made: that is told in front of a stack without any frame of the user's.
 */
export function mapStack(thrown: unknown, site: Site | null = null): string {
  const words = wordsOf(thrown);
  const isPlanned = words.startsWith("FastTsError: ");
  const all = words.split("\n").map(readLine);
  const lines = all.filter(({ isFrame, isUsers }) => isUsers || !(isFrame && isPlanned));
  const last = lines.findLastIndex(({ isUsers }) => isUsers);
  const told = lines.slice(0, last === -1 ? lines.length : last + 1).map(({ text }) => text);
  const [place] = last === -1 ? placesOf(site?.stack) : [];
  if (place === undefined) return told.join("\n");
  const first = lines.findIndex(({ isFrame }) => isFrame);
  return told
    .toSpliced(first === -1 ? told.length : first, 0, `    at ${place.file}:${place.line}:${place.column}`)
    .join("\n");
}

/** A line of a stack, in the user's words where it is a frame of a bundle. */
function readLine(line: string) {
  const text = line.replace(FRAME, inUsersWords);
  return { text, isUsers: text !== line, isFrame: /^ +at /.test(line) };
}

function inUsersWords(frame: string, prefix: string, hash: string, line: string, column: string): string {
  const found = find(prefix, hash, Number(line), Number(column));
  if (found === null) return frame;
  const { head, place } = found;
  return `${head}${place.file}:${place.line}:${place.column}`;
}

/** The places of a stack that lie in known bundles, innermost first; none of a stack that is not a text. */
export function placesOf(stack: unknown): readonly SourcePosition[] {
  const places: SourcePosition[] = [];
  if (typeof stack !== "string") return places;
  for (const [, prefix = "", hash = "", line, column] of stack.matchAll(FRAME)) {
    const found = find(prefix, hash, Number(line), Number(column));
    if (found !== null) places.push(places.length === 0 ? placeOfName(stack, found) : found.place);
  }
  return places;
}

findThrowsWith(({ stack }) => {
  const [place] = placesOf(stack);
  return place === undefined ? null : `${place.file}:${place.line}:${place.column}`;
});

/** V8 puts a name that is not defined down to the last call before it: the place of the name itself, if it follows. */
function placeOfName(stack: string, { place, lines }: Found): SourcePosition {
  const [, name] = /^ReferenceError: (\S+) is not defined\n/.exec(stack) ?? [];
  if (name === undefined) return place;
  const word = new RegExp(`(?<![\\w$.'"\`])${name.replaceAll("$", "\\$")}(?![\\w$'"\`])`);
  for (const [line, source] of lines.entries()) {
    if (line < place.line - 1) continue;
    const before = line === place.line - 1 ? place.column - 1 : 0;
    const at = source.slice(before).search(word);
    if (at >= 0) return { ...place, line: line + 1, column: before + at + 1, source };
  }
  return place;
}

/** The stack of what was thrown, which is anything: its message, or itself, when there is no stack that is text. */
function wordsOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  try {
    if (typeof thrown !== "object" || thrown === null) return String(thrown);
    if ("stack" in thrown && typeof thrown.stack === "string") return thrown.stack;
    return String("message" in thrown ? thrown.message : thrown);
  } catch {
    return "a value that cannot be shown";
  }
}

interface Known {
  readonly script: string;
  readonly text: string;
  uses: number;
  /** Parsed when first needed: most bundles never throw. */
  map: Parsed | null;
}

interface Parsed {
  readonly map: SourceMap;
  readonly contents: ReadonlyMap<string, readonly string[]>;
}

// A path may hold blanks and parentheses, so the hash marks its end, and the registry knows where it begins.
const FRAME = /^(.*)\?([0-9a-f]{16}):(\d+):(\d+)/gm;

const bundles = new Map<string, Known>();

interface Found {
  /** What comes before the file in the frame. */
  readonly head: string;
  readonly place: SourcePosition;
  /** The text of its file. */
  readonly lines: readonly string[];
}

function find(prefix: string, hash: string, line: number, column: number): Found | null {
  for (const known of bundles.values()) {
    const file = known.script.slice(0, -hash.length - 1);
    if (!known.script.endsWith(hash) || !prefix.endsWith(file)) continue;
    known.map ??= parse(known.text);
    // V8 and Node's finder agree on 0-based columns, stacks are 1-based.
    const entry = known.map.map.findEntry(line - 1, column - 1);
    if (!("originalSource" in entry) || entry.originalSource === undefined) return null;
    const { originalSource, originalLine, originalColumn } = entry;
    const lines = known.map.contents.get(originalSource) ?? [];
    const source = lines[originalLine] ?? null;
    return {
      head: prefix.slice(0, prefix.length - file.length),
      place: { file: originalSource, line: originalLine + 1, column: originalColumn + 1, source },
      lines,
    };
  }
  return null;
}

function parse(text: string): Parsed {
  const payload = JSON.parse(text);
  const contents = new Map<string, readonly string[]>();
  for (const [at, source] of payload.sources.entries())
    contents.set(source, String(payload.sourcesContent?.[at] ?? "").split(/\r?\n/));
  return { map: new SourceMap(payload), contents };
}
