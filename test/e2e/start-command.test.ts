import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../sources.ts";
import { until } from "../until.ts";
import { command, hasProgram } from "./command.ts";
import { fastTs, fastTsHere } from "./fast-ts.ts";

const CLI = fileURLToPath(new URL("../../src/cli.js", import.meta.url));
const ROUTE = 'import { pipeline, stdout } from "fast-ts";\npipeline("all", [stdout()]);\n';

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** A daemon with one pipeline that prints, and the line with which it says that it listens. */
async function start(
  context: TestContext,
  directory: string,
): Promise<{ child: Child; line: Record<string, unknown> }> {
  await writeFile(join(directory, "all.ts"), ROUTE);
  const flags = ["--port", "0", "--http-port", "off", "--route-dir", directory, "--workers", "0", "--no-watch"];
  const child = spawn(process.execPath, [CLI, "start", ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  context.after(() => child.kill("SIGKILL"));
  return { child, line: await logLine(child, "listening") };
}

async function logLine(child: Child, message: string): Promise<Record<string, unknown>> {
  child.stderr.setEncoding("utf8");
  let seen = "";
  while (true) {
    const [more] = await once(child.stderr, "data");
    seen += more;
    for (const line of seen.split("\n").slice(0, -1)) {
      const parsed = JSON.parse(line);
      if (parsed.msg === message) return parsed;
    }
  }
}

async function newDirectory(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "fast-ts-"));
  context.after(() => rm(directory, { recursive: true }));
  return directory;
}

test("SIGTERM sees what was acknowledged through to the end and exits with 0", async (context) => {
  const { child, line } = await start(context, await newDirectory(context));
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (more) => {
    printed += more;
  });
  const { code, err } = await fastTsHere(["send", String(line.address), "--service", "web", "--metric", "5"]);
  assert.deepEqual([code, err], [0, ""]);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "close"), [0, null]);
  assert.equal(JSON.parse(printed).service, "web");
});

test("the echo of a signal, as npm start makes it, does not keep it from ending in order", async (context) => {
  const { child, line } = await start(context, await newDirectory(context));
  assert.equal((await fastTsHere(["send", String(line.address), "--service", "web"])).code, 0);
  const printed = text(child.stdout);
  child.kill("SIGINT");
  child.kill("SIGTERM"); // two of the same kind would be one
  assert.deepEqual(await once(child, "close"), [0, null]);
  assert.equal(JSON.parse(await printed).service, "web");
});

test("Ctrl-C on a terminal ends npm start in order", async (context) => {
  if (!hasProgram(context, "script", "bsdutils")) return;
  const directory = await newDirectory(context);
  await writeFile(join(directory, "all.ts"), ROUTE);
  const flags = `--port 0 --http-port off --route-dir ${directory} --workers 0 --no-watch --log-format json`;
  const log = join(directory, "terminal.log");
  // A terminal of its own: what is written to it is typed there.
  const child = spawn("script", ["-qefc", `npm start -- ${flags}`, log], {
    cwd: ROOT,
    stdio: ["pipe", "ignore", "ignore"],
  });
  context.after(() => child.kill("SIGKILL"));
  const shown = (): string => readFileSync(log, { encoding: "utf8", flag: "a+" });
  await until("it listens", () => shown().includes('"listening"'));
  child.stdin.write("\u0003");
  await once(child, "exit");
  assert.match(shown(), /"msg":"stopped"/);
  assert.match(shown(), /"events_lost":0/);
});

test("SIGHUP loads the routes anew", async (context) => {
  const directory = await newDirectory(context);
  const { child } = await start(context, directory);
  await writeFile(join(directory, "more.ts"), ROUTE.replace("all", "more"));
  const reloaded = logLine(child, "routes reloaded");
  child.kill("SIGHUP");
  assert.ok(await reloaded);
  child.kill("SIGINT");
  assert.deepEqual(await once(child, "close"), [0, null]);
});

test("a directory that is not there is one line, and exit code 1", async () => {
  const { code, err } = await fastTs(["start", "--port", "0", "--route-dir", "/nowhere", "--log-format", "pretty"]);
  assert.equal(code, 1);
  assert.match(err, /^fast-ts: route directory \/nowhere: does not exist; make it with fast-ts init \/nowhere, .*\n$/m);
  assert.doesNotMatch(err, /^ +at /m);
});

/** With which nothing else keeps it from starting. */
const FLAGS = ["--port", "0", "--http-port", "off", "--workers", "0", "--route-dir", "routes"];

for (const [what, flags, exit, error] of [
  ["a wrong value", ["--port", "x"], 2, /^--port: must be a whole number/],
  ["a flag that there is not", ["--prot", "1"], 2, /^unknown argument: --prot; did you mean --port\?/],
  ["two tokens", ["--http-token", "a", "--http-token-file", "b"], 2, /^there are two tokens/],
  ["a token file that is not there", ["--http-token-file", "/nowhere"], 1, /^--http-token-file: cannot read .*ENOENT/],
  ["routes that are not there", ["--route-dir", "/nowhere"], 1, /^route directory \/nowhere: does not exist/],
] as const)
  test(`${what}: where the log is JSON, a start that fails is one line of it, and exit code ${exit}`, async () => {
    const free = [...FLAGS, "--log-level", "error"];
    const given = free.filter((_, at) => !flags.some((one) => one === free[at - (at % 2)]));
    const env = { FTS_LOG_FORMAT: "json" };
    const { code, out, err } = await fastTs(["start", ...given, ...flags], "", env);
    assert.deepEqual([code, out], [exit, ""]);
    const lines = err
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { level, msg, time, ...more } = lines.at(-1);
    assert.deepEqual([level, msg, Number.isNaN(Date.parse(time))], ["error", "start failed", false]);
    assert.match(more.error, error);
    assert.equal(lines.filter((line) => line.msg === msg).length, 1);
  });

test("a certificate that is not there is exit code 1, told also by a log that is silent", async () => {
  const tls = ["--tls-cert", "/nowhere", "--tls-key", "/nowhere", "--log-format=json"];
  const { code, err } = await fastTs(["start", ...FLAGS, "--log-level", "silent", ...tls]);
  const { time: _, ...line } = JSON.parse(err);
  const error = "cannot read --tls-cert /nowhere: ENOENT: no such file or directory, open '/nowhere'";
  assert.deepEqual([code, line], [1, { level: "error", code: "FTS_START", error, msg: "start failed" }]);
});

test("a variable that there is not is named in the log, with the one that may be meant", async () => {
  const env = { FTS_HTTP_TOKN: "x" };
  const { err } = await fastTs(["start", "--port", "0", "--workers", "0", "--route-dir", "/nowhere"], "", env);
  const { level, time: _, ...line } = JSON.parse(err.split("\n")[0] ?? "");
  const told = { name: "FTS_HTTP_TOKN", did_you_mean: "FTS_HTTP_TOKEN", msg: "environment variable is not known" };
  assert.deepEqual([level, line], ["warn", told]);
});

test("a directory without route files names fast-ts init in the log", async (context) => {
  const flags = ["--port", "0", "--http-port", "off", "--workers", "0"];
  const directory = await newDirectory(context);
  const child = spawn(process.execPath, [CLI, "start", ...flags, "--route-dir", directory], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  context.after(() => child.kill("SIGKILL"));
  const { hint } = await logLine(child, "no pipeline is declared: events are acknowledged and go nowhere");
  assert.match(String(hint), /run fast-ts init /);
});

test("a route file that is run as a program says what runs it", async (context) => {
  const directory = await newDirectory(context);
  await mkdir(join(directory, "node_modules"));
  await symlink(ROOT, join(directory, "node_modules", "fast-ts"));
  const file = join(directory, "my routes.mjs");
  const run = async (source: string): Promise<readonly [number | null, string]> => {
    await writeFile(file, source);
    const { code, stderr } = await command("env", ["-u", "NODE_TEST_CONTEXT", process.execPath, file]);
    return [code, stderr];
  };
  const [code, told] = await run('import { pipeline, stdout } from "fast-ts";\npipeline("all", [stdout()]);\n');
  assert.equal(code, 1);
  assert.match(
    told,
    /^fast-ts: pipeline "all" is declared, but nothing runs it: rename my routes.mjs to my routes.ts and run fast-ts start --route-dir ".*"\n$/,
  );
  assert.deepEqual(await run('import "fast-ts";'), [0, ""]);
  const tests = 'import { pipeline } from "fast-ts";\nimport "fast-ts/testing";\npipeline("all", []);';
  assert.deepEqual(await run(tests), [0, ""]);
});

test("the script of npm start leaves nothing between a signal and the daemon", async (context) => {
  const directory = await newDirectory(context);
  await writeFile(join(directory, "all.ts"), ROUTE);
  const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const flags = `--port 0 --http-port off --route-dir ${directory} --workers 0 --no-watch`;
  const child = spawn("sh", ["-c", `${scripts.start} ${flags}`], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  context.after(() => child.kill("SIGKILL"));
  await logLine(child, "listening");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("a limit on open files that is too low is one line with the way out", {
  skip: process.platform === "win32",
}, async () => {
  const child = spawn("sh", ["-c", `ulimit -n 64; exec ${process.execPath} ${CLI} start --log-format pretty`]);
  child.stderr.setEncoding("utf8");
  let told = "";
  child.stderr.on("data", (text) => (told += text));
  assert.deepEqual(await once(child, "close"), [1, null]);
  assert.match(told, /^fast-ts: this process may open 64 files; .*ulimit -n 4096\n$/);
});

test("clients that take all open files do not bring it down: a malformed message is answered, and events are taken", {
  skip: process.platform === "win32",
}, async (context) => {
  const directory = await mkdtemp(join(tmpdir(), "fast-ts-files-"));
  context.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, "all.ts"), ROUTE);
  const flags = `--port 0 --http-port off --route-dir ${directory} --workers 0 --no-watch`;
  const child = spawn("sh", ["-c", `ulimit -n 200; exec ${process.execPath} ${CLI} start ${flags}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  context.after(() => child.kill("SIGKILL"));
  const port = Number(
    String((await logLine(child, "listening")).address)
      .split(":")
      .at(-1),
  );
  const sockets: Socket[] = [];
  context.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  const open = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  };
  const [malformed, well] = [await open(), await open()];
  for (let i = 0; i < 300; i++) await open();
  malformed.write(Buffer.from([0, 0, 0, 1, 7]));
  assert.match(String(await once(malformed, "data")), /message is not Riemann protobuf/);
  well.write(Buffer.from([0, 0, 0, 2, 0x32, 0]));
  assert.deepEqual((await once(well, "data"))[0], Buffer.from([0, 0, 0, 2, 0x10, 1]));
});
