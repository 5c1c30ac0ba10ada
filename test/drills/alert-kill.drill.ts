import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { chances } from "./chances.ts";
import { drill } from "./drill.ts";

/** What was told this long before the end is on disk, however busy the machine. */
const SETTLED_SECONDS = 3;
const HOSTS = 30;

/** What is told of the alerts of each host, over all processes. */
class Told {
  readonly #lines: { readonly line: string; readonly at: number }[] = [];
  /** Since when the alert of a host is open, null: it is not; no entry: a kill may have come before it was written. */
  readonly #open = new Map<string, string | null>();
  readonly counts = { trigger: 0, resolve: 0, unsure: 0 };

  /** Watches what a process prints, until it is killed. */
  watch(daemon: DaemonProcess): void {
    this.#lines.length = 0;
    const push = daemon.printed.push.bind(daemon.printed);
    daemon.printed.push = (...lines: string[]) => {
      for (const line of lines) this.#lines.push({ line, at: performance.now() });
      return push(...lines);
    };
  }

  ended(killedAt: number): void {
    for (const { line, at } of this.#lines) {
      const { host, attributes } = JSON.parse(line);
      const { "alert phase": phase, "alert since": since } = attributes;
      const known = this.#open.get(host);
      const words = `${phase} of ${host} since ${since}, which was ${known === null ? "over" : `open since ${known}`}`;
      if (phase === "trigger") assert.ok(known === undefined || known === null, words);
      else assert.ok(known === undefined || known === since, words);
      if (phase === "trigger" || phase === "resolve") this.counts[phase as "trigger"]++;
      this.#open.set(host, phase === "resolve" ? null : since);
      if (killedAt - at < SETTLED_SECONDS * 1000) {
        this.#open.delete(host);
        this.counts.unsure++;
      }
    }
  }

  get surelyOpen(): string[] {
    return [...this.#open].flatMap(([host, since]) => (since === null ? [] : host));
  }
}

drill(
  "kill -9 while alerts begin and end: none is told twice, and each is over with the beginning that it had",
  5,
  async ({ t, times, seed, say }) => {
    const chance = chances(seed);
    const data = mkdtempSync(join(tmpdir(), "fts-alert-kill-"));
    t.after(() => rmSync(data, { recursive: true, force: true }));
    const routes = {
      "a.ts": 'import { alert, pipeline, stdout } from "fast-ts";\npipeline("alerts", [alert([stdout()])]);',
    };
    const told = new Told();
    let survived = 0;
    const life = async (run: (client: Client, daemon: DaemonProcess) => Promise<void>): Promise<void> => {
      // The state is the newer one, or what is kept of the alerts.
      const [workers, interval] = [Math.floor(chance() * 3), 1 + Math.floor(chance() * 4)];
      const flags = ["--workers", `${workers}`, "--data", data, "--state-interval", `${interval}`];
      const daemon = await DaemonProcess.start(t, routes, flags);
      told.watch(daemon);
      const client = await Client.open(daemon.port);
      await run(client, daemon);
      const killedAt = performance.now();
      daemon.signal("SIGKILL");
      await daemon.exit;
      client.socket.destroy();
      told.ended(killedAt);
    };
    for (let kills = 0; kills < times; kills++) {
      survived += told.surelyOpen.length;
      await life(async (client) => {
        const first = Math.floor(chance() * HOSTS);
        const end = performance.now() + 50 + chance() * 1000;
        while (performance.now() < end) {
          const host = `h${(first + Math.floor(chance() * 5)) % HOSTS}`;
          const state = ["critical", "critical", "warning", "ok"][Math.floor(chance() * 4)] ?? "ok";
          await client.ask({ events: [{ host, service: "disk", state }] });
          await sleep(chance() * 20);
        }
        // In every other life what was told is on disk before the end.
        await sleep(chance() * 2 * SETTLED_SECONDS * 1000);
      });
    }
    const open = told.surelyOpen;
    await life(async (client, daemon) => {
      for (let n = 0; n < HOSTS; n++) await client.ask({ events: [{ host: `h${n}`, service: "disk", state: "ok" }] });
      const isOver = (host: string) => daemon.printed.some((line) => line.includes(`"host":"${host}"`));
      await daemon.until("all that are open to be over", () => open.every(isOver));
      await sleep(SETTLED_SECONDS * 1000);
    });
    assert.deepEqual(told.surelyOpen, []);
    const { trigger, resolve, unsure } = told.counts;
    say(`${trigger} began, ${resolve} ended, over ${times} kills; ${survived} times one that was open was known`);
    say(`${unsure} things were told in the ${SETTLED_SECONDS} s before a kill`);
  },
);
