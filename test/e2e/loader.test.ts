import assert from "node:assert/strict";
import { mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Host, RouteSet } from "../../src/host/host.ts";
import { Loader } from "../../src/host/loader.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { setEnvironment } from "../environment.ts";
import { routeDir } from "../routes/route-dir.ts";
import { until } from "../until.ts";

const route = (name: string): string =>
  `import { pipeline, stdout } from "fast-ts";\npipeline("${name}", [stdout()]);\n`;

/** A loader of a directory, what it swapped to, and what it logged. */
async function loaded(t: TestContext, files: Readonly<Record<string, string>>) {
  const dir = await routeDir(t, files);
  const clock = new VirtualClock();
  /** The pipelines of each set. */
  const sets: string[][] = [];
  const logged: string[] = [];
  const say = (message: string, { problems, ended }: Record<string, unknown> = {}): number => {
    const more = problems === undefined ? (ended as string[] | undefined)?.map((name) => `ended ${name}`) : [problems];
    return logged.push([message, ...(more ?? []).map((one) => String(one).split("\n")[0])].join(": "));
  };
  const hosting: Pick<Host, "apply"> = {
    apply: async ({ pipelines }: RouteSet) => {
      sets.push(pipelines.map(({ name }) => name));
      return [];
    },
  };
  const log = { debug: say, info: say, warn: say, error: say };
  const listening = () => [{ transport: "tcp", host: "127.0.0.1", port: 5999 }];
  const loader = new Loader({ dir, settle: 5, hosting, listening, hasData: false, partitionKey: "host", clock, log });
  t.after(() => loader.stop());
  assert.equal(await loader.load(), true);
  return { dir, clock, sets, logged, loader };
}

/** Waits for the attempt that time has begun. */
async function attempted(loader: Loader): Promise<void> {
  await loader.load();
}

test("a file that becomes empty runs on until it is written, and changes of others come through", async (t) => {
  const { dir, clock, sets, logged, loader } = await loaded(t, { "a.ts": route("a"), "b.ts": route("b") });
  await writeFile(join(dir, "a.ts"), "");
  await loader.load();
  clock.advanceTo(4.9);
  await loader.load();
  assert.deepEqual(sets, [["a", "b"]], "nothing is swapped");
  await writeFile(join(dir, "b.ts"), route("b2"));
  await loader.load();
  assert.deepEqual(sets.slice(1), [["a", "b2"]]);
  await writeFile(join(dir, "a.ts"), route("a"));
  await loader.load();
  clock.advanceTo(20);
  await attempted(loader);
  assert.deepEqual(sets.slice(2), []);
  assert.deepEqual(logged, [
    "route file has become empty: its pipelines end unless it is written again",
    "routes reloaded: ended b",
  ]);
});

test("routes are refused whose secret is not there or is wrong for its sink, and those that run go on", async (t) => {
  const { dir, sets, logged, loader } = await loaded(t, { "a.ts": route("a") });
  const hook =
    'import { pipeline, secret, webhook } from "fast-ts";\npipeline("b", [webhook(secret("FTS_TEST_HOOK"))]);';
  await writeFile(join(dir, "b.ts"), hook);
  assert.equal(await loader.load(), false);
  const begin = "routes not reloaded, the old ones go on: b.ts:2:";
  assert.ok(logged.at(-1)?.startsWith(`${begin}24: secret FTS_TEST_HOOK is not there`), logged.at(-1));
  setEnvironment(t, { FTS_TEST_HOOK: "n0-url" });
  assert.equal(await loader.load(), false);
  const what = "webhook(url): what secret(FTS_TEST_HOOK) stands for must be a URL such as";
  assert.ok(logged.at(-1)?.startsWith(`${begin}16: ${what}`), logged.at(-1));
  assert.doesNotMatch(logged.join(), /n0-url/);
  assert.deepEqual(sets, [["a"]]);
});

test("routes that forward to a port of their own router do not load", async (t) => {
  const { dir, sets, logged, loader } = await loaded(t, { "a.ts": route("a") });
  await writeFile(
    join(dir, "a.ts"),
    'import { forward, pipeline } from "fast-ts";\npipeline("a", [forward("localhost:5999")]);\n',
  );
  assert.equal(await loader.load(), false);
  assert.equal(sets.length, 1);
  assert.match(
    String(loader.report.lastError),
    /^a\.ts:2:1: pipeline "a": forward sends to localhost:5999, which is this/,
  );
  assert.equal(logged.length, 1);
});

test("a file that stays empty is loaded so when its time is up, with a warning", async (t) => {
  const { dir, clock, sets, logged, loader } = await loaded(t, { "a.ts": route("a"), "b.ts": route("b") });
  await writeFile(join(dir, "a.ts"), "// nothing yet\n");
  await loader.load();
  clock.advanceTo(5);
  await attempted(loader);
  assert.deepEqual(sets.slice(1), [["b"]]);
  assert.match(
    logged.join("\n"),
    /^route file has become empty.*\nroutes load, with warnings: a\.ts: warning: declares no/,
  );
  // It counts anew when it is emptied another time.
  await writeFile(join(dir, "a.ts"), route("a"));
  await loader.load();
  await writeFile(join(dir, "a.ts"), "");
  await loader.load();
  assert.deepEqual(sets.slice(2), [["b", "a"]]);
});

test("a directory that is emptied runs on for as long", async (t) => {
  const { dir, clock, sets, logged, loader } = await loaded(t, { "a.ts": route("a") });
  await rm(join(dir, "a.ts"));
  await loader.load();
  assert.deepEqual(sets, [["a"]]);
  clock.advanceTo(5);
  await attempted(loader);
  assert.deepEqual(sets.slice(1), [[]]);
  assert.equal(logged.at(-1), "no pipeline is declared: events are acknowledged and go nowhere");
});

test("whoever asks for a reload gets it at once; one file of several that is deleted is gone at once", async (t) => {
  const { dir, sets, loader } = await loaded(t, { "a.ts": route("a"), "b.ts": route("b"), "c.ts": route("c") });
  await rm(join(dir, "c.ts"));
  await loader.load();
  await writeFile(join(dir, "a.ts"), "");
  await loader.load(true);
  assert.deepEqual(sets.slice(1), [["a", "b"], ["b"]]);
});

test("an empty file does not hide what is wrong with another one, nor one that throws its error", async (t) => {
  const { dir, sets, loader } = await loaded(t, { "a.ts": route("a"), "b.ts": route("b") });
  await writeFile(join(dir, "a.ts"), "");
  await writeFile(join(dir, "b.ts"), 'throw new Error("not today");');
  assert.equal(await loader.load(), false);
  assert.match(loader.report.lastError ?? "", /b\.ts:1:7: throws Error: not today/);
  assert.deepEqual(sets.length, 1);
});

test("what is wrong is logged once, and again when it is saved again", async (t) => {
  const { dir, logged, loader } = await loaded(t, { "a.ts": route("a") });
  const save = async (at: number): Promise<void> => {
    await writeFile(join(dir, "a.ts"), "const = 5;");
    await utimes(join(dir, "a.ts"), at, at);
    await loader.load();
  };
  await save(1);
  await loader.load();
  assert.equal(logged.length, 1);
  await save(2);
  assert.deepEqual(logged[1], logged[0]);
  assert.match(logged[0] ?? "", /^routes not reloaded, the old ones go on: a\.ts:1:7: syntax error/);
});

test("what looks like routes and is passed over is said once; what routes are made of, tests and settings are not", async (t) => {
  const { dir, logged, loader } = await loaded(t, {
    "a.ts": `import "./lib/used.ts"; import "./plain.js";\n${route("a")}`,
    "lib/used.ts": "export {};",
    "plain.js": "",
    "more/b.ts": route("b"),
    "c.mts": route("c"),
    "d.js": "",
    "_e.js": "",
    "tools.config.js": "",
    "data/x.csv": "",
    "node_modules/p/index.ts": "",
    "test/helper.ts": "",
  });
  await writeFile(join(dir, "a.ts"), route("a2"));
  await mkdir(join(dir, "empty"));
  await loader.load();
  const [said, ...others] = logged.filter((line) => line.startsWith("not loaded as routes"));
  assert.match(
    said ?? "",
    /^not loaded as routes: c\.mts: warning: is passed over, for its name does not end with \.ts/,
  );
  assert.deepEqual(others.length, 1, "lib and plain.js are imported no more");
});

test("a route file that loops is told of, and a later save takes over before it is stopped", async (t) => {
  const { dir, clock, sets, logged, loader } = await loaded(t, { "a.ts": route("a") });
  await writeFile(join(dir, "b.ts"), "for (;;) {}");
  const first = loader.load();
  await until("the file to be slow", () => {
    clock.advanceTo(clock.now() + 0.25);
    return loader.slowRoute !== null;
  });
  assert.equal(loader.slowRoute, "b.ts");
  assert.deepEqual(logged, ["route file takes long to run, it may loop"]);
  await writeFile(join(dir, "b.ts"), route("b"));
  const second = loader.load();
  await until("the next attempt", () => {
    clock.advanceTo(clock.now() + 0.25);
    return sets.length === 2;
  });
  assert.deepEqual([await first, await second, loader.slowRoute], [false, true, null]);
  assert.deepEqual([sets[1], loader.report.failed, logged.length], [["a", "b"], 0, 2]);
});
