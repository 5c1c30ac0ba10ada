import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { chances } from "./chances.ts";
import { drill } from "./drill.ts";
import {
  add,
  type Counts,
  counted,
  eventsOf,
  listener,
  message,
  sorted,
  sumOf,
  Windows,
  windowsRoute,
} from "./journal-counts.ts";

const COUNTS = `import { by, counter, filter, index, pipeline, publish, set, subscribe } from "fast-ts";
pipeline("in", [filter((e) => e.service === "sent"), publish("all")]);
pipeline("counts", [subscribe("all"), by("host", [counter()]), set({ service: "counted", ttl: 1e9 }), index()]);`;

/** Sends messages until the daemon is killed. Returns the one that was not answered. */
async function feed(daemon: DaemonProcess, chance: () => number, acked: Counts, seconds: number): Promise<Counts> {
  const killed = sleep(seconds * 1000).then(async () => {
    daemon.signal("SIGKILL");
    await daemon.exit;
    return null;
  });
  const client = await Client.open(daemon.port);
  for (;;) {
    const sent = message(chance);
    const answer = await client.ask({ events: eventsOf(sent) }).catch(() => killed);
    if (answer === null) {
      await killed;
      client.close();
      return sent;
    }
    assert.equal(answer.ok, true, answer.error ?? "");
    for (const [host, count] of sent) add(acked, host, count);
  }
}

async function found(daemon: DaemonProcess): Promise<Counts> {
  const client = await Client.open(daemon.port);
  const counts = await daemon.until("an answer", () => counted(client));
  client.close();
  return counts;
}

/** All that was acknowledged is counted once, and what was not answered as a whole or not at all. */
function settle(found: Counts, acked: Counts, unanswered: Counts): void {
  const isIn = [...unanswered].every(([host, count]) => found.get(host) === (acked.get(host) ?? 0) + count);
  if (isIn) for (const [host, count] of unanswered) add(acked, host, count);
  assert.deepEqual(sorted(found), sorted(acked));
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
    return DaemonProcess.start(t, { "counts.ts": COUNTS, "windows.ts": windowsRoute(port) }, [...workers, ...disk]);
  };
  const acked: Counts = new Map();
  let unanswered: Counts = new Map();
  for (let kills = 0; kills < times; kills++) {
    const daemon = await start();
    if (kills > 0) settle(await found(daemon), acked, unanswered);
    unanswered = await feed(daemon, chance, acked, 0.05 + chance() * (chance() < 0.2 ? 4 : 1));
  }
  const last = await start();
  settle(await found(last), acked, unanswered);
  await last.until("all windows", () => sumOf(windows.events) >= sumOf(acked));
  assert.deepEqual(sorted(windows.events), sorted(acked));
  await last.stop();
  say(`${sumOf(acked)} events, ${windows.count} windows, ${windows.repeated} of them sent again`);
});
