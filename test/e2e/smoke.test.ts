import assert from "node:assert/strict";
import { test } from "node:test";
import { command, hasProgram } from "./command.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { PRINTING, printedEvent } from "./printing.ts";

/** What `.ci/run` runs under a newer Node too: a real client's event comes in, is printed, and a stop is clean. */
test("riemann-client's event is printed with all its fields, and SIGTERM ends the daemon with 0", async (t) => {
  if (!hasProgram(t, "riemann-client", "riemann-c-client")) return;
  const daemon = await DaemonProcess.start(t, { "print.ts": PRINTING });
  const send = async (...fields: string[]): Promise<void> => {
    const { code, stderr } = await command("riemann-client", ["send", ...fields, "127.0.0.1", String(daemon.port)]);
    assert.equal(code, 0, stderr);
  };
  const before = Date.now() / 1000;
  await send(
    "-S",
    "all",
    "-h",
    "höst",
    "-s",
    "ok",
    "-D",
    "a ☃",
    "-t",
    "x",
    "-t",
    "y",
    "-a",
    "env=prod",
    "-L",
    "60",
    "-i",
    "-42",
  );
  await send("-S", "float", "-f", "0.1");
  await send("-S", "double", "-d", "0.1");
  await send("-S", "none");
  const { time, ...all } = await printedEvent(daemon, "all");
  assert.ok(time >= before - 1 && time <= Date.now() / 1000 + 1, "the daemon gives the time: the client sends none");
  assert.deepEqual(all, {
    host: "höst",
    service: "all",
    state: "ok",
    metric: -42,
    description: "a ☃",
    ttl: 60,
    tags: ["x", "y"],
    attributes: { "x-client": "riemann-c-client", env: "prod" },
  });
  assert.equal((await printedEvent(daemon, "float")).metric, 0.1);
  assert.equal((await printedEvent(daemon, "double")).metric, 0.1);
  assert.equal((await printedEvent(daemon, "none")).metric, null);
  assert.equal((await printedEvent(daemon, "none")).host, null);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});
