import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { cleanUp } from "../clean-up.ts";
import { DaemonProcess } from "./daemon-process.ts";

test("who waits for a daemon that ends by itself is told at once what it said", async (t) => {
  const refused = DaemonProcess.start(t, { "a.ts": "" }, ["--workers", "many"]);
  await assert.rejects(refused, /^Error: the daemon ended, {"code":2,"signal":null}, before: .*\n.*--workers: .*many/);
});

test("what a test has begun is ended the last thing first, all of it, and what went wrong is told", async () => {
  const hooks: (() => unknown)[] = [];
  const [t, done]: [Pick<TestContext, "after">, string[]] = [
    { after: (hook) => void hooks.push(hook as () => unknown) },
    [],
  ];
  cleanUp(t, () => done.push("directory"));
  cleanUp(t, () => Promise.reject(new Error("a hang-up")));
  cleanUp(t, async () => done.push("daemon"));
  await assert.rejects(async () => hooks[0]?.(), /a hang-up/);
  assert.deepEqual([hooks.length, done], [1, ["daemon", "directory"]]);
});
