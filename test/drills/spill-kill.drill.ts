import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Event } from "../../src/core/event.ts";
import { listSpill, spilledParts } from "../../src/delivery/spill-inventory.ts";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { drill } from "./drill.ts";

/** What is taken this long before the end is on disk, however busy the machine. */
const SETTLED_SECONDS = 3;
const BATCH = 50;

/** A pseudo-random number in [0, 1): the LCG of Numerical Recipes. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** The text that goes with a number: one that was garbled would not match. */
const textOf = (n: number): string => `${(n * 7919) % 104_729}${"x".repeat(n % 300)}`;

drill(
  "kill -9 under load: all that was on disk arrives, and nothing is garbled",
  3,
  async ({ t, times, seed, say }) => {
    const chance = chances(seed);
    const got = new Map<number, number>();
    let isUp = true;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (!isUp) return void response.writeHead(503).end();
        for (const { metric, description } of JSON.parse(Buffer.concat(chunks).toString())) {
          assert.equal(description, textOf(metric), "garbled");
          got.set(metric, (got.get(metric) ?? 0) + 1);
        }
        response.end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const data = mkdtempSync(join(tmpdir(), "fts-spill-kill-"));
    t.after(() => rmSync(data, { recursive: true, force: true }));
    const routes = {
      "r.ts": `import { pipeline, webhook } from "fast-ts";
pipeline("to disk", [webhook("http://127.0.0.1:${port}/", { spill: { fsync: 0.1 }, maxEvents: 2_000, timeout: 2 })]);`,
    };
    const start = (): Promise<DaemonProcess> => DaemonProcess.start(t, routes, ["--workers", "1", "--data", data]);
    let acked = 0;
    const owed = new Set<number>();
    const begun = { kills: 0, onDisk: 0 };
    for (let next = 0; begun.kills < times; begun.kills++) {
      const daemon = await start();
      const client = await Client.open(daemon.port);
      // When each was acknowledged, in this life.
      const sentAt = new Map<number, number>();
      const isLong = chance() < 0.1;
      const end = performance.now() + 50 + chance() * 1_000 + (isLong ? SETTLED_SECONDS * 1_000 : 0);
      for (isUp = chance() < 0.5; performance.now() < end; isUp = chance() < 0.05 ? !isUp : isUp) {
        const events = Array.from({ length: BATCH }, (_, i) => ({
          ...{ host: "h", service: "s", metric_sint64: next + i, description: textOf(next + i) },
        }));
        const isAcked = await Promise.race([client.ask({ events }).then(({ ok }) => ok === true), sleep(500, false)]);
        if (isAcked) for (let i = 0; i < BATCH; i++) sentAt.set(next + i, performance.now());
        next += BATCH;
      }
      const killedAt = performance.now();
      daemon.signal("SIGKILL");
      await daemon.exit;
      client.socket.destroy();
      acked += sentAt.size;
      for (const [n, at] of sentAt) if (killedAt - at > SETTLED_SECONDS * 1000) owed.add(n);
      for (const { logs } of await listSpill(NODE_FILES, data))
        for (const { dir } of logs)
          for await (const { items } of spilledParts(NODE_FILES, dir))
            for (const item of items) {
              assert.ok(item instanceof Event && item.description === textOf(item.metric ?? -1), "garbled on disk");
              owed.add(item.metric ?? -1);
              begun.onDisk++;
            }
    }
    isUp = true;
    const daemon = await start();
    const missing = (): number[] => [...owed].filter((n) => !got.has(n));
    for (let tries = 0; missing().length > 0 && tries < 300; tries++) await sleep(100);
    assert.deepEqual(missing(), [], "all that was on disk arrives");
    await daemon.stop();
    const left = (await listSpill(NODE_FILES, data)).flatMap(({ logs }) => logs.map(({ items }) => items));
    assert.ok(left.every((items) => items === 0));
    const twice = [...got.values()].filter((count) => count > 1).length;
    say(`${acked} acknowledged, ${begun.onDisk} found on disk after ${begun.kills} kills: all of those arrived`);
    say(`${acked - got.size} were not written yet when a kill came, ${twice} arrived more than once`);
  },
);
