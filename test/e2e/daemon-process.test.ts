import assert from "node:assert/strict";
import { test } from "node:test";
import { DaemonProcess } from "./daemon-process.ts";

test("who waits for a daemon that ends by itself is told at once what it said", async (t) => {
  const refused = DaemonProcess.start(t, { "a.ts": "" }, ["--workers", "many"]);
  await assert.rejects(refused, /^Error: the daemon ended, {"code":2,"signal":null}, before: .*\n.*--workers: .*many/);
});
