import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readDocs } from "../../docs/tsdoc.ts";
import { collectPipelines, type Pipeline } from "../../src/core/pipeline.ts";
import * as door from "../../src/index.ts";
import { EXAMPLE } from "../../src/routes/init.ts";
import * as testing from "../../src/testing/index.ts";
import { fdWriter } from "../../src/text/fd-writer.ts";
import { setOutput } from "../../src/text/stdout-queue.ts";
import { type Compiled, compileSnippets } from "../compiled.ts";
import { PAGES } from "../pages.ts";
import { ROOT, readSources } from "../sources.ts";
import { assertBalanced } from "./ledger.ts";

/** TypeScript of the documentation, complete but for what it imports. */
interface Example {
  /** Where it stands: `src/stages/by.ts:24`. */
  readonly place: string;
  readonly imports: string;
  readonly code: string;
}

const EVERYTHING = `import { ${Object.keys(door).join(", ")} } from "fast-ts";
import { start } from "fast-ts/daemon";
import { ${Object.keys(testing).join(", ")} } from "fast-ts/testing";
`;

/** Each `@example` of the source. */
const DOCUMENTED = readSources().flatMap(({ path, text }) => readDocs(text).map((doc) => ({ path, ...doc })));
const OF_SOURCE = DOCUMENTED.flatMap(({ path, examples }) =>
  examples.map(({ line, code }): Example => ({ place: `src/${path}:${line}`, imports: EVERYTHING, code })),
);

/** Each block of TypeScript of the pages, but for those that are made of the source. */
const OF_PAGES = [...PAGES].flatMap(([path, text]) =>
  path === "docs/stages.md" || path === "docs/sinks.md"
    ? []
    : [...text.matchAll(/^```ts\n((?:import [^;]*;\n)*)([\s\S]*?)^```$/gm)].map(
        ({ 1: imports = "", 2: code = "", index }): Example => ({
          place: `${path}:${text.slice(0, index).split("\n").length + 1}`,
          imports,
          code,
        }),
      ),
);
const EXAMPLES = [...OF_SOURCE, ...OF_PAGES];

/** Events with and without everything, and time for windows to close. */
const STEPS: readonly testing.Step[] = [
  { host: "web-1", service: "http", state: "ok", metric: 3, ttl: 60, tags: ["production", "database", "internal"] },
  { host: "web-1", service: "http", state: "critical", metric: 40, attributes: { version: "2" } },
  { host: "web-2", service: "api latency", state: "error", metric: 0.7, tags: ["alert"] },
  { host: "web-2", service: "deploy", description: "of version 3", attributes: { version: "3" } },
  testing.wait(5),
  { host: "web-2", service: "disk free", state: "failed", metric: 0.05 },
  { host: "web-2", service: "memory used", state: "failed", metric: Number.NaN },
  testing.wait(40),
  { host: null, service: null, state: "failed" },
  { host: "web-1", service: "http", state: "expired" },
  testing.wait(120),
];

/** A function, for what is declared is collected while it runs, and it may await something: its tests, too. */
function moduleOf({ imports, code }: Example): string {
  const body = code.replace(/^export /gm, "").replace(/^test\(/gm, "await test(");
  return `${imports}export async function example() {\n${body}}\n`;
}
const nameOf = ({ place }: Example): string => place.replaceAll(/\W/g, "-");

test("all that makes up a pipeline is shown in an example", () => {
  const shown = new Set(DOCUMENTED.filter(({ examples }) => examples.length > 0).map(({ name }) => name));
  const { folds, ...others } = door;
  const factories = Object.entries({ ...folds, ...others }).filter(([, value]) => !String(value).startsWith("class"));
  assert.deepEqual(
    factories.map(([name]) => name).filter((name) => !shown.has(name)),
    [],
  );
});

describe("examples of the documentation", () => {
  const { FTS_SMTP_URL = "", FTS_LOG_LEVEL = "", FTS_HTTP_PORT = "" } = process.env;
  let compiled: Compiled;

  before(async () => {
    // What an example mails is refused by this machine; what its daemon says is not for the report.
    Object.assign(process.env, { FTS_SMTP_URL: "smtp://127.0.0.1:1", FTS_LOG_LEVEL: "silent", FTS_HTTP_PORT: "0" });
    const modules = EXAMPLES.map((example) => [nameOf(example), moduleOf(example)] as const);
    // The pages show tests of the route file that `fast-ts init` writes, and of an example.
    const disks = readFileSync(join(ROOT, "examples/disks.ts"), "utf8");
    compiled = await compileSnippets(new Map([...modules, ["first", EXAMPLE], ["disks", disks]]));
  });
  after(async () => {
    Object.assign(process.env, { FTS_SMTP_URL, FTS_LOG_LEVEL, FTS_HTTP_PORT });
    setOutput(fdWriter(1));
    await compiled.remove();
  });

  test("they compile", () => {
    assert.equal(compiled.complaints, "");
  });

  for (const example of EXAMPLES)
    test(`${example.place} runs`, async (t) => {
      t.mock.method(console, "log", () => {}); // nor what it prints
      const module: { readonly example: () => Promise<void> } = await import(compiled.url(nameOf(example)));
      let ended: Promise<void> = Promise.resolve();
      const pipelines = collectPipelines(() => {
        ended = module.example();
      });
      await ended;
      for (const pipeline of pipelines) {
        assertWorks(pipeline);
        assertNoneIsWell(pipeline, example.code);
      }
    });
});

/** Runs a pipeline on all sorts of events: nothing is thrown, and every event is accounted for. */
function assertWorks({ name, stages }: Pipeline): void {
  setOutput((_, done) => done());
  const { ledger } = testing.perform(stages, STEPS);
  assertBalanced({ ...ledger, name });
  assert.equal(ledger.offered, STEPS.filter((step) => !("wait" in step)).length);
  assert.equal(ledger.shed, 0);
}

/** Nobody is told that what has fallen silent is well: an expired event has no metric, whatever it is compared with. */
function assertNoneIsWell({ name, stages }: Pipeline, code: string): void {
  setOutput((_, done) => done());
  // What the example looks for is among its texts, or begins with one of them.
  const texts = [...new Set([...code.matchAll(/"([^"\n]+)"/g)].map(([, text = ""]) => text))];
  const expired = texts.map((service) => ({ host: "web-1", service, state: "expired", tags: ["production"] }));
  const { values } = testing.perform(stages, [...expired, testing.wait(7200)]);
  const well = values.flatMap(({ value }) => value).filter((event) => isWell(event));
  assert.deepEqual(well, [], name);
}

function isWell(value: unknown): boolean {
  return value instanceof door.Event && value.state === "ok" && value.metric === null;
}
