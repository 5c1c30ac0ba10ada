import assert from "node:assert/strict";
import { test } from "node:test";
import { repeatedFields } from "../../bench/repeated-fields.ts";
import { HEADER } from "../../src/wire/frames.ts";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";

const LONGEST = 16 * 1024 * 1024;
/** By hand all of them: `FTS_BRICKS=. node --test dist/test/e2e/bricks.test.js`. */
const CHOSEN = new RegExp(
  process.env.FTS_BRICKS ?? "^Event (attributes, new|tags, new|host, new|group)|^Msg (events, (1|new)|query, short)",
);
const BRICKS = repeatedFields().filter(({ name }) => CHOSEN.test(name));
const ROUTES = {
  "a.ts": `import { filter, pipeline } from "fast-ts";\npipeline("a", [filter((e) => e.host === "good")]);`,
};

for (const workers of [0, 1])
  test(`messages of 16 MiB of one field harm nobody else, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", String(workers)]);
    const good = await Client.open(daemon.port);
    t.after(() => good.close());
    let sent = 0;
    for (const { name, make } of BRICKS) {
      const brick = await Client.open(daemon.port);
      t.after(() => brick.close());
      brick.write(frame(make(LONGEST - 256)));
      await daemon.until(`the answer to ${name}`, () => brick.answers.length === 1 || brick.isClosed);
      await good.send({ host: "good" });
      sent++;
      brick.close();
    }
    const emitted = async (): Promise<number> =>
      (await daemon.tree()).pipelines.find(({ name }) => name === "a")?.emitted ?? 0;
    await daemon.until("what was acknowledged to be emitted", async () => (await emitted()) === sent);
    for (const worker of (await daemon.tree()).workers) assert.equal(worker.replaced, 0);
  });

function frame(message: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(message.length);
  return Buffer.concat([header, message]);
}
