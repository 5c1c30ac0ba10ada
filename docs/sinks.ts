import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT, readSources } from "../test/sources.ts";
import { type Comment, type Documented, readDocs, readFields, readTypes } from "./tsdoc.ts";

/*
 * Makes docs/sinks.md of the comments of the sinks: `npm run docs`. What a sink's comment says behind these words is a
 * row of its table; test/sinks.test.ts sees to it that each has all of them, and that the page is up to date.
 */
export const ROWS = ["Sent", "Limits", "Tried again", "Given up", "Duplicates"] as const;

/** A sink as its comment tells of it. */
export interface SinkDoc {
  readonly name: string;
  /** What its comment says beside the rows. */
  readonly paragraphs: readonly string[];
  /** What its comment says behind each of `ROWS`; those that it says nothing of are left out. */
  readonly rows: ReadonlyMap<string, string>;
  readonly example: string;
}

/** All sinks, by name. */
export function readSinks(): readonly SinkDoc[] {
  const docs = readSources()
    .filter(({ path }) => path.startsWith("sinks/"))
    .flatMap(({ text }) => readDocs(text))
    .filter(({ category }) => category === "Output");
  return docs.map(sinkOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function sinkOf({ name, paragraphs, examples }: Documented): SinkDoc {
  const begin = new RegExp(`(?:^|(?<=[.:]) )(?=(?:${ROWS.join("|")}): )`);
  const parts = paragraphs.flatMap((paragraph) => paragraph.split(begin));
  const rowOf = (part: string) => ROWS.find((row) => part.startsWith(`${row}: `));
  const rows = parts.flatMap((part) => {
    const row = rowOf(part);
    return row === undefined ? [] : [[row, part.slice(row.length + 2)] as const];
  });
  return {
    name: name ?? "",
    paragraphs: parts.filter((part) => rowOf(part) === undefined),
    rows: new Map(rows),
    example: examples[0]?.code.trimEnd() ?? "",
  };
}

/** The text of docs/sinks.md. */
export function sinksPage(): string {
  const sinks = readSinks();
  const contents = sinks.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(" · ");
  return [INTRODUCTION, optionsTable(), `${contents}\n`, ...sinks.map(section)].join("\n");
}

const INTRODUCTION = `# Sinks

<!-- Made by \`npm run docs\` of the comments in src: change those. -->

Where events go: what each sink sends, what it tries again, what it gives up. [Stages](stages.md#output) has the signature
of each, with all of its options.

Each target has one queue, however many pipelines feed it; it outlives reloads and restarts of pipelines. An event counts
as delivered once the target says that it has it. What fails for now is tried again, in its order, with growing pauses of
up to 3 s, or as long as \`Retry-After\` says, a day at most, for \`retryFor\`; what the target refuses goes to \`deadLetters\`, of the
sink or of its pipeline, with its words. A sink's own dead letters that it gives up again are only counted: the attribute
\`fast-ts sink\` names the targets that gave an event up.
A function of an option that throws, or gives something else than it is to, such as the promise of an \`async\` one, has its
event refused, with the error and its place in the route file; the pipeline goes on. Wait for something with
\`map(async …)\` before the sink.

When there is no more room, the oldest events make room, but for those that are being written: with
\`onFull: "drop-oldest"\` they are at most half of \`maxEvents\`, or, for messages to people, up to all. With \`spill\`, what was sent just before the process was killed
may be sent again. All of it is counted: [metrics](metrics.md).

A target is known by its sink, its address with what is named in it (such as a topic, a table or plain headers), and the
names of its credentials; or by the option \`name\` alone. Other options, and the text of functions, may change: they apply
to the same queue, what already waits in it included. So give a sink that spills a \`name\`: whatever else of it changes,
what is on the disk is sent. Two sinks that would share a queue, and differ in address or in what they send, need names of
their own: \`fast-ts check\` and the log warn of them, and all is sent as the older one has it. \`check\` warns as well where
two of a target differ in \`maxEvents\`, \`rate\` and the like: those of one of them hold.

\`amqp\`, \`kafka\`, \`mqtt\`, \`nats\`, \`postgres\` and \`redis\` each need a package, which is installed in the route directory, or else beside
FastTS: \`npm install kafkajs\`, for one. When it is missing, \`fast-ts check\` says so, and the routes do not load. The
[container](operations.md#container) has them all but that of \`mqtt\`.

Each sink takes these options as well:
`;

/** The options of all sinks. */
function optionsTable(): string {
  const code = readSources().map(({ text }) => readTypes(text).get("DeliveryOptions") ?? "");
  const fields = code.flatMap((one) => [...readFields(one)]);
  return `| | |\n| --- | --- |\n${fields.map(([name, comment]) => optionRow(name, comment)).join("")}`;
}

function optionRow(name: string, { paragraphs, fallback }: Comment): string {
  const text = paragraphs.join(" ") + (fallback === null ? "" : ` Default: ${fallback}.`);
  return `| \`${name}\` | ${text.replaceAll("|", "\\|")} |\n`;
}

function section({ name, paragraphs, rows, example }: SinkDoc): string {
  const table = [...rows].map(([row, text]) => `| ${row.toLowerCase()} | ${text.replaceAll("|", "\\|")} |\n`).join("");
  return [
    `## ${name}\n`,
    ...paragraphs.map((paragraph) => `${paragraph}\n`),
    ...(table === "" ? [] : [`| | |\n| --- | --- |\n${table}`]),
    `\`\`\`ts\n${example}\n\`\`\`\n`,
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(ROOT, "docs", "sinks.md"), sinksPage());
