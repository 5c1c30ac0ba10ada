import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout: what `npm test` runs in. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** One file of `src`. */
export interface Source {
  /** From `src`, with forward slashes: `core/event.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments, strings and regular expressions; of templates, what is in `${…}`. */
  readonly code: string;
  /** What it imports from, types included: paths from `src`, and names of packages. */
  readonly imports: readonly string[];
}

let sources: readonly Source[] | null = null;

/** Every file of `src`, sorted by path. Read once in a process. */
export function readSources(): readonly Source[] {
  sources ??= read();
  return sources;
}

function read(): readonly Source[] {
  const names = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  const paths = names.filter((name) => name.endsWith(".ts")).map((name) => name.replaceAll(sep, "/"));
  return paths.sort().map((path) => {
    const text = readFileSync(join(ROOT, "src", path), "utf8");
    let code: string | null = null;
    return {
      path,
      text,
      get code() {
        code ??= bare(text);
        return code;
      },
      imports: importsOf(path, text),
    };
  });
}

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*/;
const LITERAL = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/;
// Where a value may begin: there a slash begins a regular expression.
const REGEX = /(?<=[=(,:[!&|?{};\n]\s*|return\s)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/;
const NOT_CODE = new RegExp(`${REGEX.source}|${COMMENT.source}|${LITERAL.source}`, "g");

function bare(text: string): string {
  return text.replace(NOT_CODE, (found) => {
    const inside = found.startsWith("`") ? [...found.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code) : [];
    return inside.join(" ") + found.replace(/[^\n]/g, "");
  });
}

// A statement begins its line; what a template holds (the example of `fast-ts init`) does not.
const STATIC = /^(?:import|export)\s(?:[^"'`;]*?\sfrom\s+)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\("([^"]+)"\)/g;

function importsOf(path: string, text: string): string[] {
  const named = [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)].map(([, specifier = ""]) => specifier);
  return [...new Set(named)].map((name) => (name.startsWith(".") ? join(dirname(path), name) : name));
}
