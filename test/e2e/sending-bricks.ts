import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { RepeatedField } from "../../bench/repeated-fields.ts";
import { HEADER } from "../../src/wire/frames.ts";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";

const LONGEST = 16 * 1024 * 1024;
const ROUTES = {
  "a.ts": `import { filter, pipeline } from "fast-ts";\npipeline("a", [filter((e) => e.host === "good")]);`,
};

/** Sends messages of 16 MiB of one field each, beside a good client, to daemons with 0 and 1 workers. */
export async function sendBricks(t: TestContext, bricks: readonly RepeatedField[]): Promise<void> {
  const daemons = await Promise.all(
    [0, 1].map((workers) => DaemonProcess.start(t, ROUTES, ["--workers", String(workers)])),
  );
  const good = await Promise.all(daemons.map(({ port }) => Client.open(port)));
  t.after(() => good.forEach((client) => void client.close()));
  for (const { name, make } of bricks) {
    const message = make(LONGEST - 256);
    for (const [at, daemon] of daemons.entries()) {
      const brick = await Client.open(daemon.port);
      t.after(() => brick.close());
      brick.write(frame(message));
      await daemon.until(`the answer to ${name}`, () => brick.answers.length === 1 || brick.isClosed);
      await good[at]?.send({ host: "good" });
      brick.close();
    }
  }
  for (const daemon of daemons) {
    const emitted = async (): Promise<number> => (await daemon.pipeline("a")).emitted;
    await daemon.until("what was acknowledged to be emitted", async () => (await emitted()) === bricks.length);
    for (const worker of (await daemon.tree()).workers) assert.equal(worker.replaced, 0);
  }
}

function frame(message: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(message.length);
  return Buffer.concat([header, message]);
}
