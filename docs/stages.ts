import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT, readSources } from "../test/sources.ts";
import { signatureOf } from "./signature.ts";
import { type Comment, type Documented, readDocs, readFields, readTypes } from "./tsdoc.ts";

/*
 * Makes docs/stages.md of the comments in the source: `npm run docs`. A stage, sink or fold is in it when its comment
 * has an @category; test/docs.test.ts sees to it that all are, and that the page is up to date.
 */

/** The groups in their order, by what an @category says, each with the words below its heading. */
const GROUPS: Readonly<Record<string, string>> = {
  Route: "Where an event goes. Events are passed on or dropped as they are.",
  Transform: "What becomes of an event.",
  Windows:
    "Lists of events. What comes next must take lists: `combine(fold)` makes an event of each, `sflatten()` takes them " +
    "apart.",
  "Rates and statistics":
    "Numbers about many events. Those with an `interval` go by the clock; `by` keeps hosts and services apart.",
  "State and change": "What an event is compared with those before it for, and what is said in a silence.",
  Folds: "What `combine` and `foldInterval` make of many events; any function of them will do as well.",
  Errors: "What becomes of a throw.",
  "Between pipelines": "Pipelines know nothing of one another but for these.",
  Output: "Where events leave. Each passes on what it was given, so it may stand anywhere.",
  "Your own": "See [writing stages](writing-stages.md).",
  "Pipelines and events": "",
};

interface Entry extends Documented {
  /** As it is written in a route file: `rate`, `folds.mean`. */
  readonly title: string;
  readonly group: string;
}

/** Everything the page tells of, and what it looks up. */
interface Source {
  readonly entries: readonly Entry[];
  /** What is said of other exports, by name. */
  readonly others: ReadonlyMap<string, Documented>;
  /** The code of interfaces and types, by name. */
  readonly types: ReadonlyMap<string, string>;
}

/** The text of docs/stages.md. */
export function stagesPage(): string {
  const source = readSource();
  const groups = Object.entries(GROUPS).flatMap(([group, about]) => {
    const entries = source.entries.filter((entry) => entry.group === group);
    return entries.length === 0 ? [] : [{ group, about, entries }];
  });
  const contents = groups.map(
    ({ group, entries }) => `**[${group}](#${anchorOf(group)})** ${entries.map(link).join(" · ")}\n`,
  );
  const parts = groups.map(({ group, about, entries }) =>
    [`## ${group}\n`, ...(about === "" ? [] : [`${about}\n`]), ...entries.map((entry) => section(entry, source))].join(
      "\n",
    ),
  );
  return [INTRODUCTION, ...contents, ...parts, typesSection(source)].join("\n");
}

const INTRODUCTION = `# Stages

<!-- Made by \`npm run docs\` of the comments in src: change those. -->

Every stage, fold and sink: what it takes and gives, when it emits, what it drops, what it holds and its bound. All are
exported by \`fast-ts\`; the examples leave out their \`import\`, and all of them run in the test suite.

\`Stage\` takes events and emits events; \`Stage<Event, readonly Event[]>\` emits lists. \`Stages\` is a list of stages:
\`Taken\` is what goes into its first one, \`Emitted\` what comes out of its last. Seconds everywhere; absent is \`null\`. An
option that is wrong throws when the routes are loaded.
`;

function readSource(): Source {
  const entries: Entry[] = [];
  const others = new Map<string, Documented>();
  const types = new Map<string, string>();
  for (const { path, text } of readSources()) {
    if (!LANGUAGE.test(path)) continue;
    for (const doc of readDocs(text)) {
      if (doc.category !== null) entries.push(entryOf(doc, path, doc.category));
      else if (doc.name !== null) others.set(doc.name, doc);
    }
    for (const [name, code] of readTypes(text)) types.set(name, code);
  }
  return { entries: entries.sort((a, b) => (a.title < b.title ? -1 : 1)), others, types };
}

/** Where that which route files use is declared. */
const LANGUAGE = /^(core|kit|delivery|stages|folds|sinks)\//;

function entryOf(doc: Documented, path: string, group: string): Entry {
  if (!Object.hasOwn(GROUPS, group))
    throw new Error(
      `src/${path}:${doc.line}: @category must be one of ${Object.keys(GROUPS).join(", ")}, got ${group}`,
    );
  const name = doc.name ?? "";
  return { ...doc, group, title: path.startsWith("folds/") ? `folds.${name}` : name };
}

function link({ title }: Entry): string {
  return `[${title}](#${anchorOf(title)})`;
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");
}

function section(entry: Entry, source: Source): string {
  const { title, paragraphs, throws, examples } = entry;
  const rows = [...parameterRows(entry), ...optionRows(entry, source), ...throws.map((text) => ["*throws*", text])];
  const table = rows.map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`).join("");
  return linked(
    [
      `### ${title}\n`,
      fenced(entry.code.map((code) => signatureOf(title, code)).join("\n")),
      ...paragraphs.map((paragraph) => `${paragraph.replace(VERB, "**$&**")}\n`),
      ...(table === "" ? [] : [`| | |\n| --- | --- |\n${table}`]),
      ...examples.map(({ code }) => fenced(code.trimEnd())),
    ].join("\n"),
    source,
  );
}

/** What a reader looks for, where a sentence begins with it. */
const VERB = /(?<=^|[.:] )(?:Emits|Drops|Holds|Ignores)\b/g;

function fenced(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\`\n`;
}

function parameterRows({ params, code }: Entry): string[][] {
  return [...params].map(([name, text]) => {
    const fallback =
      new RegExp(`\\b${name}(?:: [^,]*)? = (\\[[^\\]]*\\]|\\(\\w*\\) => [^,)]+|[^,)]+)`).exec(code[0] ?? "")?.[1] ??
      null;
    return [`\`${name}\``, withDefault(text, fallback)];
  });
}

function optionRows({ code }: Entry, source: Source): string[][] {
  const name = /\boptions\??: (\w+)/.exec(code.join())?.[1];
  const fields = name === undefined ? [] : fieldsOf(name, source);
  return fields.map(([field, { paragraphs, fallback }]) => [
    `\`{ ${field} }\``,
    withDefault(paragraphs.join(" "), fallback),
  ]);
}

/** The fields of an interface, its own first, or of what a type is another name for. */
function fieldsOf(name: string, source: Source): readonly (readonly [string, Comment])[] {
  const [, parents = "", body = ""] =
    /^\w+(?:<[^{]*?>)?(?: extends| =)?([^{]*)([\s\S]*)/.exec(source.types.get(name) ?? "") ?? [];
  const inherited = parents.replace(/<[^>]*>/g, "").match(/\w+/g) ?? [];
  return [...readFields(body), ...inherited.flatMap((parent) => fieldsOf(parent, source))];
}

function withDefault(text: string, fallback: string | null): string {
  const isValue = /^([\d_]+|true|false|null|".*"|\[.*\]|.* => .*)$/.test(fallback ?? "");
  return fallback === null ? text : `${text} Default: ${isValue ? `\`${fallback}\`` : fallback}.`.trim();
}

/** What the signatures name: `Key`, `Predicate`. */
function typesSection({ entries, others }: Source): string {
  const signatures = entries.flatMap(({ code, title }) => code.map((one) => signatureOf(title, one)));
  const named = new Set(signatures.flatMap((one) => one.match(/\b[A-Z]\w+/g) ?? []));
  for (const name of named) if (!others.has(name) || INTRODUCED.test(name)) named.delete(name);
  const rows = [...named].sort().map((name) => `| \`${name}\` | ${others.get(name)?.paragraphs[0]} |\n`);
  return `## Types\n\n| | |\n| --- | --- |\n${rows.join("")}`;
}

/** Told of in the introduction, or by their fields. */
const INTRODUCED = /^(Event|Stages?|\w+Options|Taken|Emitted)$/;

/** Links to what the page tells of; other names are code. */
function linked(text: string, { entries }: Source): string {
  return text.replace(/\{@link (\w+)\}/g, (_, name) => {
    const entry = entries.find((one) => one.name === name);
    return entry === undefined ? `\`${name}\`` : link(entry);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(ROOT, "docs", "stages.md"), stagesPage());
