import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { WireEvent } from "../../src/wire/codec.ts";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { chances } from "./chances.ts";
import { drill } from "./drill.ts";

const KEYS = Array.from({ length: 20 }, (_, n) => `h${n}`);
const MAX_MESSAGE_EVENTS = 60;

const COUNTS = `import { by, counter, filter, pipeline, stdout } from "fast-ts";
pipeline("counts", [filter((e) => ["sent", "asked"].includes(e.service)), by("host", [counter()]),
  filter((e) => e.service === "asked"), stdout()]);`;

const eventsOf = (service: string, hosts: readonly string[]): WireEvent[] =>
  hosts.map((host) => ({ host, service, metric_d: 1, ttl: 3600 }));

/** What was sent: how much of each key was remembered at the last start, and event by event what came after. */
class Sent {
  readonly #remembered = new Map<string, number>();
  #events: { readonly host: string; readonly at: number }[] = [];
  forgotten = 0;

  get remembered(): number {
    return [...this.#remembered.values()].reduce((sum, count) => sum + count, 0);
  }

  add(hosts: readonly string[]): void {
    this.#events.push(...hosts.map((host) => ({ host, at: performance.now() })));
  }

  /**
   * What is remembered: all that was at the last start, and then by each worker the first events, up to one of its own.
   * Returns when the first one was sent that is forgotten.
   */
  keep(found: ReadonlyMap<string, number>, workers: number): number {
    const ends = [...found].map(([host, count]) => ({ host, ...this.#endOf(host, count) }));
    const ofHost = new Map<string, number>();
    const cuts: number[] = [];
    for (const { host, from, to } of ends.sort((a, b) => a.to - b.to)) {
      if (from > (cuts.at(-1) ?? -1)) cuts.push(to);
      ofHost.set(host, cuts.at(-1) ?? 0);
    }
    assert.ok(cuts.length <= workers, `${workers} workers, but the keys are of ${cuts}: ${JSON.stringify(ends)}`);
    const forgotten = this.#events.filter(({ host }, at) => at >= (ofHost.get(host) ?? 0));
    this.forgotten += forgotten.length;
    this.#events = [];
    for (const [host, count] of found) this.#remembered.set(host, count);
    return forgotten[0]?.at ?? performance.now();
  }

  /** Where the first events may end that have so many of a key. */
  #endOf(host: string, all: number): { readonly from: number; readonly to: number } {
    const before = this.#remembered.get(host) ?? 0;
    const count = all - before;
    const places = this.#events.flatMap((event, at) => (event.host === host ? at : []));
    const what = `${host}: ${all} are remembered, ${before} were before, ${places.length} were sent since`;
    assert.ok(count >= 0 && count <= places.length, what);
    return { from: count === 0 ? 0 : (places[count - 1] ?? 0) + 1, to: places[count] ?? this.#events.length };
  }
}

/** Sends messages until the daemon is killed. */
async function feed(daemon: DaemonProcess, chance: () => number, sent: Sent, seconds: number): Promise<void> {
  const killed = sleep(seconds * 1000).then(async () => {
    daemon.signal("SIGKILL");
    await daemon.exit;
    return null;
  });
  const client = await Client.open(daemon.port);
  for (let answer: unknown = {}; answer !== null; ) {
    const count = 1 + Math.floor(chance() * MAX_MESSAGE_EVENTS);
    const hosts = Array.from({ length: count }, () => KEYS[Math.floor(chance() * KEYS.length)] ?? "");
    sent.add(hosts);
    answer = await client.ask({ events: eventsOf("sent", hosts) }).catch(() => killed);
  }
  client.close();
}

/** What is counted of each key, before this question, which counts too. */
async function counted(daemon: DaemonProcess): Promise<Map<string, number>> {
  const client = await Client.open(daemon.port);
  await client.send(...eventsOf("asked", KEYS));
  client.close();
  await daemon.until("a count of each key", () => daemon.printed.length === KEYS.length);
  return new Map(daemon.printed.map((line) => JSON.parse(line)).map(({ host, metric }) => [host, metric - 1]));
}

drill(
  "kill -9 under load, with state alone: what is remembered is what was sent first, of all keys",
  5,
  async (drilled) => {
    const { t, times, seed, say } = drilled;
    const chance = chances(seed);
    const dir = mkdtempSync(join(tmpdir(), "fts-state-kill-"));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const sent = new Sent();
    let [oldest, interval, workers, killedAt] = [0, 0, 1, performance.now()];
    for (let kills = 0; kills <= times; kills++) {
      const before = { interval, workers };
      [interval, workers] = [0.1 + chance(), 1 + Math.floor(chance() * 2)];
      const flags = ["--workers", `${workers}`, "--state-interval", `${interval}`, "--state", join(dir, "state")];
      const daemon = await DaemonProcess.start(t, { "counts.ts": COUNTS }, flags);
      const first = sent.keep(await counted(daemon), before.workers);
      if (kills > 0) oldest = Math.max(oldest, (killedAt - first) / 1000 - before.interval);
      sent.add(KEYS);
      if (kills === times) await daemon.stop();
      else await feed(daemon, chance, sent, 0.05 + chance() * 2);
      killedAt = performance.now();
    }
    say(
      `${sent.remembered} events remembered, ${sent.forgotten} forgotten, up to ${oldest.toFixed(2)} s longer than an interval`,
    );
  },
);
