import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { systemThreads, threadId } from "../../src/system/thread-times.ts";

const NOWHERE = existsSync("/proc/self/schedstat") ? false : "the system does not tell";

test("a thread that works is told from one that sleeps", { skip: NOWHERE }, async (t) => {
  const mine = threadId();
  const ranAtFirst = systemThreads.times(mine)?.ran ?? 0;
  while ((systemThreads.times(mine)?.ran ?? 0) < ranAtFirst + 0.02); // ends when it is told that it runs
  assert.equal(systemThreads.times(mine)?.isRunnable, true);

  const sleeper = new Worker(
    `const { parentPort } = require("node:worker_threads");
    parentPort.postMessage(require("node:fs").readlinkSync("/proc/thread-self"));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
    { eval: true },
  );
  t.after(() => sleeper.terminate());
  const link = await new Promise<string>((resolve) => sleeper.once("message", resolve));
  const theirs = Number(link.split("/").at(-1));
  assert.notEqual(theirs, mine);
  while (systemThreads.times(theirs)?.isRunnable !== false); // until it has gone to sleep
  const before = systemThreads.times(theirs);
  while ((systemThreads.times(mine)?.ran ?? 0) < ranAtFirst + 0.05);
  assert.deepEqual(systemThreads.times(theirs), before);
});

test("nothing is told of a thread that there is not", () => {
  assert.equal(systemThreads.times(0), null);
  assert.equal(systemThreads.times(2 ** 22 + 1), null);
});
