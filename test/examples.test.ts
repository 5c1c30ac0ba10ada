import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { descriptorWriter } from "../src/core/descriptor.ts";
import { setOutput } from "../src/core/output.ts";
import { collectPipelines, type Pipeline } from "../src/core/pipeline.ts";
import * as door from "../src/index.ts";
import * as testing from "../src/testing/index.ts";
import { type Compiled, compileSnippets } from "./compiled.ts";
import { assertBalanced } from "./e2e/ledger.ts";
import { readSources } from "./sources.ts";

/** One `@example` of the documentation in the source. */
interface Example {
  /** Where it stands: `stages/by.ts:24`. */
  readonly place: string;
  readonly code: string;
  /** What it is an example of; `null` for a method. */
  readonly of: string | null;
}

const COMMENT = /\/\*\*(?<text>[\s\S]*?)\*\/\n(?:export (?:async )?(?:function|class|const) (?<of>\w+))?/g;
const EXAMPLE = /^ *\* @example\n(?<code>(?: *\*(?! @).*\n)+)/gm;

const EXAMPLES: readonly Example[] = readSources().flatMap(({ path, text }) =>
  [...text.matchAll(COMMENT)].flatMap(({ index, groups: comment }) =>
    [...(comment?.text ?? "").matchAll(EXAMPLE)].map(
      (found): Example => ({
        place: `${path}:${text.slice(0, index + "/**".length + found.index).split("\n").length + 1}`,
        code: (found.groups?.code ?? "").replace(/^ *\* ?/gm, ""),
        of: comment?.of ?? null,
      }),
    ),
  ),
);

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

const NAMES = `import { ${Object.keys(door).join(", ")} } from "fast-ts";
import { start } from "fast-ts/daemon";
import { ${Object.keys(testing).join(", ")} } from "fast-ts/testing";
`;
/** A function, for what is declared is collected while it runs, and it may await something. */
const moduleOf = ({ code }: Example): string => `${NAMES}export async function example() {\n${code}}\n`;
const nameOf = ({ place }: Example): string => place.replaceAll(/\W/g, "-");

test("all that makes up a pipeline is shown in an example", () => {
  const shown = new Set(EXAMPLES.map((example) => example.of));
  const { folds, ...others } = door;
  const factories = Object.entries({ ...folds, ...others }).filter(([, value]) => !String(value).startsWith("class"));
  assert.deepEqual(
    factories.map(([name]) => name).filter((name) => !shown.has(name)),
    [],
  );
});

describe("examples of the documentation", () => {
  const { FTS_SMTP_URL = "", FTS_LOG_LEVEL = "" } = process.env;
  let compiled: Compiled;

  before(async () => {
    // What an example mails is refused by this machine; what its daemon says is not for the report.
    Object.assign(process.env, { FTS_SMTP_URL: "smtp://127.0.0.1:1", FTS_LOG_LEVEL: "silent" });
    compiled = await compileSnippets(new Map(EXAMPLES.map((example) => [nameOf(example), moduleOf(example)])));
  });
  after(async () => {
    Object.assign(process.env, { FTS_SMTP_URL, FTS_LOG_LEVEL });
    setOutput(descriptorWriter(1));
    await compiled.remove();
  });

  test("they compile", () => {
    assert.equal(compiled.complaints, "");
  });

  for (const example of EXAMPLES)
    test(`${example.place} runs`, async () => {
      const module: { readonly example: () => Promise<void> } = await import(compiled.url(nameOf(example)));
      let ended: Promise<void> = Promise.resolve();
      const pipelines = collectPipelines(() => {
        ended = module.example();
      });
      await ended;
      for (const pipeline of pipelines) assertWorks(pipeline);
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
