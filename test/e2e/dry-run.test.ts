import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { compileRoutes } from "../../src/routes/compile.ts";
import { type DryRunReport, dryRunRoutes } from "../../src/routes/dry-run.ts";
import type { DryRunOptions } from "../../src/routes/dry-run-thread.ts";
import { setEnvironment } from "../environment.ts";
import { routeDir } from "../routes/route-dir.ts";
import { repeatingClock, silentClock } from "../routes/silent-clock.ts";

const NAMED = (name: string) => `import { pipeline, stdout } from "fast-ts";\npipeline("${name}", [stdout()]);\n`;

async function probe(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  options?: Partial<DryRunOptions>,
): Promise<DryRunReport> {
  const compiled = await compileRoutes(await routeDir(t, files));
  assert.deepEqual(compiled.problems, []);
  return dryRunRoutes(compiled.files, { clock: silentClock(), ...options });
}

/** The only problem, and the names of the pipelines. */
function summary({ pipelines, problems }: DryRunReport) {
  assert.equal(problems.length, 1);
  const { file = "", line, message } = problems[0] ?? {};
  return { names: pipelines.map(({ name }) => name), file: basename(file), line, message };
}

const WITH_SECRET = (name: string) =>
  `import { pipeline, secret, webhook } from "fast-ts";\npipeline("a", [\n  webhook(secret("${name}")),\n]);\n`;

test("a secret that is not there is a problem of the line that names it, wherever it is looked for", async (t) => {
  const files = { "a.ts": WITH_SECRET("FTS_TEST_ABSENT") };
  const { message, line } = summary(await probe(t, files));
  const remedy = "set the environment variable FTS_TEST_ABSENT, or FTS_TEST_ABSENT_FILE to the path of its file";
  assert.deepEqual([message, line], [`secret FTS_TEST_ABSENT is not there: ${remedy}`, 3]);
  assert.deepEqual((await probe(t, files, { secrets: false })).problems, [], "it was not asked for");
  setEnvironment(t, { FTS_TEST_ABSENT_FILE: "/no/such/file" });
  assert.match(summary(await probe(t, files)).message ?? "", /^secret FTS_TEST_ABSENT cannot be read from \/no\/such/);
});

test("a secret in a file that others import has its place there, and says who called", async (t) => {
  const shared =
    'import { secret, webhook } from "fast-ts";\nexport const hook = () => webhook(secret("FTS_TEST_ABSENT"));';
  const route = 'import { pipeline } from "fast-ts";\nimport { hook } from "./_hook.ts";\npipeline("a", [hook()]);';
  const { file, line, message } = summary(await probe(t, { "_hook.ts": shared, "a.ts": route }));
  assert.deepEqual([file, line], ["_hook.ts", 2]);
  assert.match(message ?? "", /; called at a\.ts:3:16$/);
});

test("a secret that is there, as variable, as file, or set by the route file itself, is no problem", async (t) => {
  const dir = await routeDir(t, { token: "https://example.com\n" });
  setEnvironment(t, { FTS_TEST_SET: "https://example.com", FTS_TEST_MOUNTED_FILE: join(dir, "token") });
  const { problems } = await probe(t, {
    "a.ts": WITH_SECRET("FTS_TEST_SET"),
    "b.ts": WITH_SECRET("FTS_TEST_MOUNTED"),
    "c.ts": `process.env.FTS_TEST_OWN = "http://example.com";\n${WITH_SECRET("FTS_TEST_OWN")}`,
  });
  assert.deepEqual(problems, []);
});

const HTTP_URL = 'a URL such as "https://example.com/path"';

/** What sinks cannot work with; `s` is a secret that stands for the value. */
const WRONG_VALUES: readonly { sink: string; option: string; value: string; must: string }[] = [
  { sink: "slack(s)", option: "url", value: "elsewhere.com/T0/B0", must: HTTP_URL },
  { sink: "webhook(s)", option: "url", value: "ftp://elsewhere", must: HTTP_URL },
  {
    ...{ sink: 'webhook("http://a", { headers: { "x-key": s } })', option: "headers.x-key", value: "" },
    must: "a string that is not empty",
  },
  { sink: "telegram(s, 1)", option: "token", value: "", must: "a text" },
  {
    ...{ sink: 'exec(["a"], { env: { KEY: s } })', option: "env.KEY", value: "else\0where" },
    must: "a text without a null character",
  },
  {
    ...{ sink: 'email("a@b.c", { smtp: s })', option: "smtp", value: "http://elsewhere" },
    must: "a URL such as smtp://user:password@mail.example.com:587",
  },
  {
    ...{ sink: 'redis(s, { stream: "a" })', option: "url", value: "http://elsewhere" },
    must: 'a URL such as "redis://redis.example.com:6379"',
  },
  {
    ...{ sink: 'nats(s, { subject: "a" })', option: "url", value: "elsewhere:4222" },
    must: 'a URL such as "nats://nats.example.com:4222"',
  },
  {
    ...{ sink: 'mqtt(s, { topic: "a" })', option: "url", value: "elsewhere:1883" },
    must: 'a URL such as "mqtt://mqtt.example.com:1883"',
  },
  {
    ...{ sink: 'amqp(s, { exchange: "a", routingKey: "a" })', option: "url", value: "elsewhere:5672" },
    must: 'a URL such as "amqp://rabbitmq.example.com:5672/vhost"',
  },
  {
    ...{ sink: 'postgres(s, { table: "a" })', option: "url", value: "mysql://elsewhere" },
    must: 'a URL such as "postgres://user@db.example.com:5432/monitoring"',
  },
];

test("a secret that stands for what its sink cannot work with is a problem of that line, which does not show it", async (t) => {
  setEnvironment(t, { FTS_TEST_WRONG: "wrong:" });
  const lines = WRONG_VALUES.map(({ sink, value }) => {
    // What the function makes counts; the value itself is no sink's.
    const codes = JSON.stringify([...value].map((character) => character.charCodeAt(0)));
    return `  ${sink.replace(/\bs\b/, `secret("FTS_TEST_WRONG", () => String.fromCharCode(...${codes}))`)},`;
  });
  const names = "amqp, email, exec, mqtt, nats, pipeline, postgres, redis, secret, slack, telegram, webhook";
  const files = { "a.ts": `import { ${names} } from "fast-ts";\npipeline("a", [\n${lines.join("\n")}\n]);\n` };
  const { problems } = await probe(t, files);
  assert.deepEqual(
    problems.map(({ line, column, message }) => `${line}:${column} ${message}`),
    WRONG_VALUES.map(({ sink, option, must }, at) => {
      const name = sink.slice(0, sink.indexOf("("));
      return `${at + 3}:3 ${name}(${option}): what secret(FTS_TEST_WRONG) stands for must be ${must}`;
    }),
  );
  assert.doesNotMatch(JSON.stringify(problems), /elsewhere|wrong:/);
  assert.deepEqual((await probe(t, files, { secrets: false })).problems, [], "it was not looked at");
});

test("a secret whose function makes no text of the value is a problem, which does not show what it throws", async (t) => {
  setEnvironment(t, { FTS_TEST_WRONG: "n0-json" });
  const route = (make: string) =>
    `import { pipeline, secret, slack } from "fast-ts";\npipeline("a", [slack(\n  secret("FTS_TEST_WRONG", ${make}))]);\n`;
  const files = {
    "a.ts": route("(s) => JSON.parse(s).url"),
    "b.ts": route("(s) => { throw s; }"),
    "c.ts": route("(s) => s.length as never"),
  };
  const begin = "3 secret(FTS_TEST_WRONG): its function";
  assert.deepEqual(
    (await probe(t, files)).problems.map(({ file, line, message }) => `${basename(file)} ${line} ${message}`),
    [
      `a.ts ${begin} throws SyntaxError for the value that is there`,
      `b.ts ${begin} throws Error for the value that is there`,
      `c.ts ${begin} must return a text, got a value of type number`,
    ],
  );
  const { problems } = await probe(t, { "a.ts": route("(s) => JSON.parse(s).url") }, { secrets: false });
  assert.deepEqual(problems, [], "it was not asked for");
});

test("a probe says of each pipeline what it is and where it stands", async (t) => {
  const dir = await routeDir(t, {
    "a.ts":
      'import { pipeline, rate, stdout } from "fast-ts";\nconsole.log("seen by nobody");\npipeline("a", [rate(5), stdout()], { inbox: 9 });',
    "b.ts": 'import { pipeline } from "fast-ts";\npipeline("b", []);',
  });
  const { files } = await compileRoutes(dir);
  assert.deepEqual(await dryRunRoutes(files, { clock: silentClock() }), {
    problems: [],
    pipelines: [
      {
        name: "a",
        file: join(dir, "a.ts"),
        line: 3,
        column: 1,
        source: 'pipeline("a", [rate(5), stdout()], { inbox: 9 });',
        route: join(dir, "a.ts"),
        stageNames: ["rate", "stdout"],
        empty: false,
        options: { inbox: 9 },
        edges: [{ kind: "sink", name: "stdout" }],
        needs: { keys: [], whole: "rate#0 keeps state for all events", published: [] },
        placing: { isAsked: false, withoutKey: null },
        forgetful: [],
        warnings: [],
      },
      {
        name: "b",
        file: join(dir, "b.ts"),
        line: 2,
        column: 1,
        source: 'pipeline("b", []);',
        route: join(dir, "b.ts"),
        stageNames: [],
        empty: true,
        options: {},
        edges: [],
        needs: { keys: [], whole: null, published: [] },
        placing: { isAsked: false, withoutKey: null },
        forgetful: [],
        warnings: [],
      },
    ],
  });
});

test("stages in the options of a pipeline are known by where they meet the world", async (t) => {
  const { pipelines, problems } = await probe(t, {
    "a.ts": `import { pipeline, stdout, tap, webhook } from "fast-ts";
pipeline("a", [webhook("http://a.example.com")], { onCrash: [stdout()], deadLetters: [tap("given up")] });`,
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(pipelines[0]?.options, {});
  assert.deepEqual(
    pipelines[0]?.edges.map(({ name }) => name),
    ["webhook", "given up", "stdout"],
  );
});

test("no files need no thread", async () => {
  assert.deepEqual(await dryRunRoutes([], { clock: silentClock() }), { pipelines: [], problems: [] });
});

test("a file that never finishes is stopped and named, and the others are probed", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "fast-ts-dry-run-"));
  t.after(() => rm(dir, { recursive: true }));
  const begun = join(dir, "begun");
  const endless = `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(begun)}, "");\nfor (;;);`;
  const files = { "a.ts": NAMED("a"), "b.ts": endless, "c.ts": NAMED("c") };
  const clock = repeatingClock(() => existsSync(begun));
  assert.deepEqual(summary(await probe(t, files, { clock, timeLimit: 0.02 })), {
    names: ["a", "c"],
    file: "b.ts",
    line: null,
    message: "does not finish: stopped after 0.02 s; a route file only declares pipelines; do the work in a stage",
  });
});

test("a file that ends the process ends its thread only, and is named", async (t) => {
  assert.deepEqual(summary(await probe(t, { "a.ts": NAMED("a"), "b.ts": "process.exit(3);", "c.ts": NAMED("c") })), {
    names: ["a", "c"],
    file: "b.ts",
    line: null,
    message: "calls process.exit(3): a route file must not end the process",
  });
});

test("a file that uses up the memory is named", async (t) => {
  const hog = "const all: number[][] = []; for (;;) all.push([all.length, 1.5, 2.5, 3.5]);";
  assert.deepEqual(summary(await probe(t, { "a.ts": hog, "b.ts": NAMED("b") }, { memoryLimit: 32 })), {
    names: ["b"],
    file: "a.ts",
    line: null,
    message: "uses more than 32 MB of memory: a route file only declares pipelines; do the work in a stage",
  });
});

test("a promise that a file leaves alone and that fails is its problem", async (t) => {
  const late = `${NAMED("a")}Promise.reject(new Error("late"));`;
  assert.deepEqual(summary(await probe(t, { "a.ts": late, "b.ts": NAMED("b") })), {
    names: ["a", "b"],
    file: "a.ts",
    line: 3,
    message: "throws Error: late",
  });
});

test("an error in a callback that a file leaves behind is its problem", async (t) => {
  const late = '\nprocess.nextTick(() => { throw new Error("even later"); });';
  assert.deepEqual(summary(await probe(t, { "a.ts": late, "b.ts": NAMED("b") })), {
    names: ["b"],
    file: "a.ts",
    line: 2,
    message: "throws Error: even later",
  });
});

test("a file that declares no pipeline is warned about, with or without stages in it", async (t) => {
  const idle = 'import { stdout, where } from "fast-ts";\nwhere(() => true, [stdout()]);';
  const probed = await probe(t, { "a.ts": idle, "b.ts": NAMED("b"), "c.ts": 'import "./b.ts";' });
  assert.deepEqual(
    probed.problems.map(({ file, message, severity }) => [basename(file), message, severity]),
    ["a.ts", "c.ts"].map((file) => [
      file,
      "declares no pipeline: call pipeline(name, [ … ]); the name of a file that others import begins with _",
      "warning",
    ]),
  );
});
