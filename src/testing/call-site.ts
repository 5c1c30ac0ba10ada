import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A place in a stack. */
export interface CallSite {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where FastTS itself is: compiled, and as its own source maps name it. */
const OURS = ["../", "../../../src/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** The innermost frame of a stack that is neither FastTS's nor Node's: the user's own line. `null` when there is none. */
export function usersCallSite(stack: string): CallSite | null {
  for (const [, place = "", line, column] of stack.matchAll(FRAME)) {
    const file = place.startsWith("file://") ? fileURLToPath(place) : place;
    if (OURS.some((dir) => file.startsWith(dir)) || !isPath(file)) continue;
    return { file, line: Number(line), column: Number(column) };
  }
  return null;
}

/** An error's message, and of its frames those that are neither FastTS's nor Node's. */
export function usersStack({ stack, message }: Error): string {
  const lines = (stack ?? message).split("\n");
  return lines.filter((line) => !/^ +at /.test(line) || usersCallSite(line) !== null).join("\n");
}

/** Where relative paths start from: the directory of the user's file that called `entry`, else the working directory. */
export function callersDirectory(entry: (...given: never[]) => unknown): string {
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, entry);
  const caller = usersCallSite(site.stack ?? "")?.file;
  return caller === undefined ? process.cwd() : dirname(caller);
}

const FRAME = /^ +at (?:.*\()?((?:file:\/\/)?\S.*?):(\d+):(\d+)\)?$/gm;

function isPath(file: string): boolean {
  return file.startsWith(sep) || /^[A-Za-z]:\\/.test(file);
}
