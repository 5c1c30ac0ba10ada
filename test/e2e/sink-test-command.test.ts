import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { routeDir } from "../routes/route-dir.ts";
import { fastTsHere } from "./fast-ts.ts";

/** A web server that answers with the status in the path and what it was sent, and routes that send to it. */
async function webhooks(t: TestContext, ...statuses: readonly number[]) {
  const bodies: string[] = [];
  const server = createServer(async (request, answer) => {
    bodies.push(await text(request));
    answer.statusCode = Number(request.url?.slice(1));
    answer.end(`you said ${request.headers.authorization}${"!".repeat(1000)}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const pipelines = statuses.map(
    (status) => `pipeline("${status}", [by("host", [webhook("http://127.0.0.1:${port}/${status}", options)])]);`,
  );
  const head = `import { by, pipeline, secret, stdout, webhook } from "fast-ts";
const options = { headers: { authorization: secret("FTS_TEST_HOOK") }, batch: { seconds: 60 }, deadLetters: [stdout()] };`;
  const dir = await routeDir(t, { "a.ts": [head, ...pipelines].join("\n") });
  process.env.FTS_TEST_HOOK = "hidden-word";
  t.after(() => delete process.env.FTS_TEST_HOOK);
  return { dir, bodies };
}

const withoutSeconds = (out: string): string => out.replace(/ in \d+\.\d{3} s/g, "").replace(/#[0-9a-f]{6}/g, "");

test("one sample goes to each sink of the name, once, and what it answers is shown, cut and without secrets", async (t) => {
  const { dir, bodies } = await webhooks(t, 200, 400, 503);
  const { code, out } = await fastTsHere(["sink-test", dir, "--sink", "webhook"]);
  assert.equal(code, 1);
  const lines = withoutSeconds(out)
    .replace(/127\.0\.0\.1:\d+/g, "HOST")
    .trim()
    .split("\n");
  const said = (status: number): string => `  ${`${status} you said ***${"!".repeat(1000)}`.slice(0, 511)}…`;
  assert.deepEqual(lines, [
    ...['pipeline "200", webhook HOST: delivered', said(200)],
    ...['pipeline "400", webhook HOST: not delivered', said(400)],
    ...['pipeline "503", webhook HOST: not delivered', said(503)],
  ]);
  assert.equal(bodies.length, 3, "nothing is tried again, and dead letters are none");
  const [sample] = JSON.parse(bodies[0] ?? "");
  assert.deepEqual([sample.service, sample.state, sample.metric], ["fast-ts sink-test", "ok", 1]);
});

test("it exits with 0 when the target has the sample", async (t) => {
  const { dir } = await webhooks(t, 204);
  assert.equal((await fastTsHere(["sink-test", dir, "--sink", "webhook"])).code, 0);
});

test("a target that is not there, or has another writer, is told of by the engine's words", async (t) => {
  const path = join(await routeDir(t, {}), "events.ndjson");
  const route = `import { file, forward, pipeline } from "fast-ts";
pipeline("a", [forward("127.0.0.1:1"), file("${path}")]);`;
  const routes = await routeDir(t, { "a.ts": route });
  const { code, out } = await fastTsHere(["sink-test", routes, "--sink", "forward", "--sink", "file"]);
  assert.deepEqual(withoutSeconds(out).trim().split("\n"), [
    'pipeline "a", forward 127.0.0.1:1: not delivered',
    "  failed: 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1",
    `pipeline "a", file ${path}: delivered`,
  ]);
  assert.equal(code, 1);
  assert.match(await readFile(path, "utf8"), /^\{.*"service":"fast-ts sink-test".*\}\n$/);
});

test("a target gets one sample, however many sinks send to it; of what is fetched it says so", async (t) => {
  const { dir, bodies } = await webhooks(t, 200, 201);
  const route = await readFile(join(dir, "a.ts"), "utf8");
  const [, url] = /(http:[^"]+)\/200/.exec(route) ?? [];
  const more = `import { pipeline, prometheus, sink, tee, webhook } from "fast-ts";
const hook = (path: string) => webhook("${url}" + path, { headers: { authorization: "x" } });
const own = (name?: string) => sink("own", () => ({ write: async () => console.log("written") }), { ...(name && { name }) });
for (const name of ["a", "b"]) pipeline(name, [hook("/200"), tee([hook("/200")]), prometheus(), own("shared"), own()]);
pipeline("c", [hook("/202"), prometheus()]);`;
  const routes = await routeDir(t, { "more.ts": more });
  const names = ["webhook", "prometheus", "own"].flatMap((name) => ["--sink", name]);
  const { code, out } = await fastTsHere(["sink-test", routes, ...names]);
  const lines = withoutSeconds(out)
    .replace(/127\.0\.0\.1:\d+/g, "HOST")
    .split("\n")
    .filter((line) => line.startsWith("pipeline"));
  assert.deepEqual(lines, [
    'pipelines "a", "b", webhook HOST: delivered',
    'pipelines "a", "b", "c", prometheus: nothing is sent, it is fetched from the daemon',
    'pipelines "a", "b", shared: delivered',
    'pipeline "a", a/own#0: delivered',
    'pipeline "b", b/own#0: delivered',
    'pipeline "c", webhook HOST: delivered',
  ]);
  assert.deepEqual([code, bodies.length], [0, 2]);
});

test("a target that does not answer is waited for as long as it was said", async (t) => {
  const route = `import { pipeline, sink } from "fast-ts";
pipeline("a", [sink("own", () => ({ write: () => new Promise(() => {}) }))]);`;
  const dir = await routeDir(t, { "a.ts": route });
  const { code, out } = await fastTsHere(["sink-test", dir, "--sink", "own", "--timeout", "0.1"]);
  assert.equal(code, 1);
  assert.equal(withoutSeconds(out), 'pipeline "a", a/own#0: not delivered\n  failed: no answer within 0.1 s\n');
});

test("a name that no sink has, a secret that is not there, and a time that is none are said", async (t) => {
  const { dir } = await webhooks(t, 200);
  const wrong = await fastTsHere(["sink-test", dir, "--sink", "webhok"]);
  assert.deepEqual(wrong, {
    code: 2,
    out: "",
    err: 'fast-ts: --sink: the routes have no sink "webhok": there is webhook, stdout; did you mean webhook?\n',
  });
  const late = await fastTsHere(["sink-test", dir, "--sink", "webhook", "--timeout", "0"]);
  assert.match(late.err, /^fast-ts: --timeout: must be seconds, > 0 and <= 3600, got "0"\n$/);
  assert.match((await fastTsHere(["sink-test", dir])).err, /missing required argument: sink; see fast-ts sink-test/);
  delete process.env.FTS_TEST_HOOK;
  const locked = await fastTsHere(["sink-test", dir, "--sink", "webhook"]);
  assert.deepEqual([locked.code, locked.out], [1, ""]);
  assert.match(locked.err, /a\.ts:2:45: secret FTS_TEST_HOOK is not there: set the environment variable/);
});
