import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DaemonProcess, routeDir, spawnCli } from "./daemon-process.ts";

const ROUTES = { "a.ts": 'import { index, pipeline } from "fast-ts";\npipeline("a", [index()]);\n' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test("the API asks for the token of the file, which is read again at SIGHUP", async (t) => {
  const file = join(routeDir(t, { token: "first\n" }), "token");
  const daemon = await DaemonProcess.start(t, ROUTES, ["--http-token-file", file]);
  const status = async (headers: Record<string, string>) => (await daemon.page("/api/index", headers)).status;
  assert.deepEqual(await Promise.all([status({}), status(bearer("other")), status(bearer("first"))]), [401, 401, 200]);
  writeFileSync(file, "second\n");
  daemon.signal("SIGHUP");
  await daemon.until("the new token", async () => (await status(bearer("second"))) === 200);
  assert.equal(await status(bearer("first")), 401);
  writeFileSync(file, "");
  daemon.signal("SIGHUP");
  await daemon.logged("the HTTP token is not read anew, the old one stays");
  assert.equal(await status(bearer("second")), 200);
  assert.ok(!JSON.stringify(daemon.log).includes("second"));
});

test("a token on the command line is warned about, and not shown again", async (t) => {
  const daemon = await DaemonProcess.start(t, ROUTES, ["--http-token", "s3cret"]);
  await daemon.logged(
    "--http-token shows the token to everyone who may run ps: use --http-token-file or FTS_HTTP_TOKEN",
  );
  assert.equal((await daemon.page("/api/index", bearer("s3cret"))).status, 200);
  assert.ok(!JSON.stringify(daemon.log).includes("s3cret"));
});

test("two tokens are an error of the command line", async (t) => {
  const child = spawnCli(t, [
    "start",
    "--port",
    "0",
    "--route-dir",
    routeDir(t, ROUTES),
    "--http-token",
    "a",
    "--http-token-file",
    "b",
  ]);
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  assert.equal(await new Promise((resolve) => child.once("close", resolve)), 2);
  assert.match(text, /there are two tokens, of --http-token \(FTS_HTTP_TOKEN\) and of --http-token-file: give one/);
});
