import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { chances } from "./chances.ts";
import { drill } from "./drill.ts";

const KEYS = 20;
const MAX_MESSAGE_EVENTS = 60;
const WINDOW_SECONDS = 0.5;

/** How many events of each key. */
type Counts = Map<string, number>;

const routes = (port: number): Record<string, string> => ({
  "counts.ts": `import { by, counter, filter, index, pipeline, publish, set, subscribe } from "fast-ts";
pipeline("in", [filter((e) => e.service === "sent"), publish("all")]);
pipeline("counts", [subscribe("all"), by("host", [counter()]), set({ service: "counted", ttl: 1e9 }), index()]);`,
  "windows.ts": `import { by, filter, pipeline, rate, webhook } from "fast-ts";
const target = webhook("http://127.0.0.1:${port}/", { timeout: 5, batch: { events: 20 } });
pipeline("windows", [filter((e) => e.service === "sent"), by("host", [rate(${WINDOW_SECONDS}, { idle: 0 })]), target]);`,
});

/** What the windows said: each again with the same number, if at all. */
class Windows {
  readonly #sums = new Map<string, number>();
  repeated = 0;

  take({ host, time, metric }: { host: string; time: number; metric: number }): void {
    const [id, sum] = [`${host} ${time}`, Math.round(metric * WINDOW_SECONDS)];
    const before = this.#sums.get(id);
    if (before !== undefined) this.repeated++;
    assert.ok(before === undefined || before === sum, `window ${id} was ${before}, and is ${sum} now`);
    this.#sums.set(id, sum);
  }

  get count(): number {
    return this.#sums.size;
  }

  get events(): Counts {
    const all: Counts = new Map();
    for (const [id, sum] of this.#sums) add(all, id.split(" ")[0] ?? "", sum);
    return all;
  }
}

function add(counts: Counts, key: string, events: number): void {
  counts.set(key, (counts.get(key) ?? 0) + events);
}

/** What the windows are sent to. */
async function listener(t: TestContext, windows: Windows): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      for (const event of JSON.parse(Buffer.concat(chunks).toString())) windows.take(event);
      response.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Sends messages until the daemon is killed. Returns the one that was not answered. */
async function feed(daemon: DaemonProcess, chance: () => number, acked: Counts, seconds: number): Promise<Counts> {
  const killed = sleep(seconds * 1000).then(async () => {
    daemon.signal("SIGKILL");
    await daemon.exit;
    return null;
  });
  const client = await Client.open(daemon.port);
  for (;;) {
    const message: Counts = new Map();
    for (let left = 1 + Math.floor(chance() * MAX_MESSAGE_EVENTS); left > 0; left--)
      add(message, `h${Math.floor(chance() * KEYS)}`, 1);
    const events = [...message].flatMap(([host, count]) =>
      Array.from({ length: count }, () => ({ host, service: "sent", metric_d: 1, ttl: 3600 })),
    );
    const answer = await client.ask({ events }).catch(() => killed);
    if (answer === null) {
      await killed;
      client.close();
      return message;
    }
    assert.equal(answer.ok, true, answer.error ?? "");
    for (const [host, count] of message) add(acked, host, count);
  }
}

async function counted(daemon: DaemonProcess): Promise<Counts> {
  const client = await Client.open(daemon.port);
  const { events = [] } = await client.ask({ query: { string: 'service = "counted"' } });
  client.close();
  return new Map(events.map(({ host, metric_d, metric_sint64 }) => [host ?? "", Number(metric_sint64 ?? metric_d)]));
}

/** All that was acknowledged is counted once, and what was not answered as a whole or not at all. */
function settle(found: Counts, acked: Counts, unanswered: Counts): void {
  const isIn = [...unanswered].every(([host, count]) => found.get(host) === (acked.get(host) ?? 0) + count);
  if (isIn) for (const [host, count] of unanswered) add(acked, host, count);
  assert.deepEqual(new Map([...found].sort()), new Map([...acked].sort()));
}

drill("kill -9 under load: all that was acknowledged is counted once, in the right windows", 3, async (drilled) => {
  const { t, times, seed, say } = drilled;
  const chance = chances(seed);
  const windows = new Windows();
  const port = await listener(t, windows);
  const dir = mkdtempSync(join(tmpdir(), "fts-journal-kill-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const start = (): Promise<DaemonProcess> => {
    const workers = ["--workers", `${1 + Math.floor(chance() * 2)}`, "--state-interval", `${0.1 + chance() * 2}`];
    const disk = ["--state", join(dir, "state"), "--journal", join(dir, "journal"), "--journal-sync", "always"];
    return DaemonProcess.start(t, routes(port), [...workers, ...disk]);
  };
  const acked: Counts = new Map();
  let unanswered: Counts = new Map();
  for (let kills = 0; kills < times; kills++) {
    const daemon = await start();
    if (kills > 0) settle(await counted(daemon), acked, unanswered);
    unanswered = await feed(daemon, chance, acked, 0.05 + chance() * (chance() < 0.2 ? 4 : 1));
  }
  const last = await start();
  settle(await counted(last), acked, unanswered);
  const sum = (counts: Counts): number => [...counts.values()].reduce((all, count) => all + count, 0);
  await last.until("all windows", () => sum(windows.events) >= sum(acked));
  assert.deepEqual(new Map([...windows.events].sort()), new Map([...acked].sort()));
  await last.stop();
  say(`${sum(acked)} events, ${windows.count} windows, ${windows.repeated} of them sent again`);
});
