import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Event } from "../../src/core/event.ts";
import type { TargetReport } from "../../src/delivery/report.ts";
import { listSpill, spilledParts } from "../../src/delivery/spill-inventory.ts";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { chances } from "./chances.ts";
import { drill } from "./drill.ts";

const LONG_SECONDS = 3;
const BATCH = 50;

/** The text that goes with a number: one that was garbled would not match. */
const textOf = (n: number): string => `${(n * 7919) % 104_729}${"x".repeat(n % 300)}`;

/** One life of a daemon, killed at some moment: what it is fed meanwhile, and what it owes then. */
class Life {
  /** In the order in which they were taken. */
  readonly #acked: number[] = [];
  /** How many of them, the oldest, were sent or on disk when last asked: they get there in the order in which they came. */
  #safe = 0;
  readonly #daemon: DaemonProcess;
  readonly #killed: Promise<null>;

  constructor(daemon: DaemonProcess, seconds: number) {
    this.#daemon = daemon;
    this.#killed = sleep(seconds * 1000).then(async () => {
      daemon.signal("SIGKILL");
      await daemon.exit;
      return null;
    });
  }

  get acked(): number {
    return this.#acked.length;
  }

  /** What the target was sent, or the disk had, when last asked. */
  get safe(): readonly number[] {
    return this.#acked.slice(0, this.#safe);
  }

  /** Feeds numbers from `next` on until the end. Returns the number that follows. */
  async run(next: number, each: () => void): Promise<number> {
    const client = await Client.open(this.#daemon.port);
    for (;;) {
      each();
      const numbers = Array.from({ length: BATCH }, (_, i) => next + i);
      next += BATCH;
      const events = numbers.map((n) => ({ host: "h", service: "s", metric_sint64: n, description: textOf(n) }));
      const answer = await client.ask({ events }).catch(() => this.#killed);
      if (answer === null) break;
      if (answer.ok === true) this.#acked.push(...numbers);
      const page = await Promise.race([this.#daemon.page("/api/targets").catch(() => null), this.#killed]);
      const [report]: TargetReport[] = page === null ? [] : JSON.parse(page.text).targets;
      if (report === undefined) continue;
      const { taken, pending, dropped, spillFailures } = report;
      assert.deepEqual([Math.max(...Object.values(dropped)), spillFailures], [0, 0], page?.text);
      this.#safe = taken - pending;
    }
    await this.#killed;
    client.close();
    return next;
  }
}

drill("kill -9 under load: all that was on disk arrives, and nothing is garbled", 3, async (drilled) => {
  const { t, times, seed, say } = drilled;
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
  const start = (): Promise<DaemonProcess> =>
    DaemonProcess.start(t, routes, ["--workers", String(Math.floor(3 * chance())), "--data", data]);
  const owed = new Set<number>();
  let [acked, safe, onDisk] = [0, 0, 0];
  for (let kills = 0, next = 0; kills < times; kills++) {
    const life = new Life(await start(), 0.05 + chance() + (chance() < 0.1 ? LONG_SECONDS : 0));
    isUp = chance() < 0.5;
    next = await life.run(next, () => {
      if (chance() < 0.05) isUp = !isUp;
    });
    acked += life.acked;
    safe += life.safe.length;
    const found = new Set<number>();
    for (const { logs } of await listSpill(NODE_FILES, data))
      for (const { dir } of logs)
        for await (const { items } of spilledParts(NODE_FILES, dir))
          for (const item of items) {
            assert.ok(item instanceof Event && item.description === textOf(item.metric ?? -1), "garbled on disk");
            found.add(item.metric ?? -1);
          }
    onDisk += found.size;
    for (const n of found) owed.add(n);
    const lost = life.safe.filter((n) => !got.has(n) && !found.has(n));
    assert.deepEqual(lost, [], `kill ${kills}: what was safe is gone`);
  }
  isUp = true;
  const daemon = await start();
  const missing = (): number[] => [...owed].filter((n) => !got.has(n));
  await daemon.until("all that was on disk to arrive", () => missing().length === 0);
  await daemon.stop();
  const left = (await listSpill(NODE_FILES, data)).flatMap(({ logs }) => logs.map(({ items }) => items));
  assert.ok(left.every((items) => items === 0));
  const twice = [...got.values()].filter((count) => count > 1).length;
  say(`${acked} acknowledged; ${safe} were sent or on disk when last asked, ${onDisk} found there: all arrived`);
  say(`${acked - got.size} were not written yet when a kill came, ${twice} arrived more than once`);
});
