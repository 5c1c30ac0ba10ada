import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { Load } from "../e2e/load.ts";
import { end, hasReplaced, MORTAL, mortals } from "../e2e/mortal.ts";
import { chances } from "./chances.ts";
import { type DrillRun, drill } from "./drill.ts";
import { counted, listener, sumOf, Windows, windowsRoute } from "./journal-counts.ts";

/** From one end of a worker to the next, at least. */
const SECONDS = Number(process.env.FTS_DRILL_SECONDS || 2);
/** How long the full rate is measured. */
const MEASURED_SECONDS = Math.min(3, SECONDS / 2);
const EVENTS = 100;
const KEYS = 20;
const TURN_MS = 20;
/** What is sent comes in as it should, once it is no more than this behind. */
const BEHIND_SECONDS = 0.5;
/** The daemon goes on with so many workers, one after the other. */
const OTHERS = [1, 3, 2, 4];

const COUNTS = `import { by, counter, filter, index, pipeline, publish, set, subscribe } from "fast-ts";
pipeline("in", [filter((e) => e.service === "sent"), set({ metric: 1 }), publish("all")]);
pipeline("counts", [subscribe("all"), by("host", [counter()]), set({ service: "counted", ttl: 1e9 }), index()]);`;

/** Daemons of which each goes on where the one before was, and what they were sent. */
class Spread {
  readonly windows = new Windows();
  readonly #t: TestContext;
  readonly #dir = mkdtempSync(join(tmpdir(), "fts-journal-spread-"));
  #port = 0;
  /** Messages that are in: each has as many events of each key. */
  #messages = 0;
  #daemon: DaemonProcess | null = null;
  #load: Load | null = null;
  #sent = 0;

  constructor(t: TestContext) {
    this.#t = t;
    t.after(() => rmSync(this.#dir, { recursive: true, force: true }));
  }

  get daemon(): DaemonProcess {
    return this.#daemon ?? assert.fail("none was started");
  }

  get load(): Load {
    return this.#load ?? assert.fail("none was started");
  }

  flag(worker: number): string {
    return join(this.#dir, `end ${worker}`);
  }

  async start(workers: number): Promise<void> {
    if (this.#port === 0) this.#port = await listener(this.#t, this.windows);
    const routes = {
      "counts.ts": COUNTS,
      "windows.ts": windowsRoute(this.#port).replace(", rate", ", rate, set").replace("by(", "set({ metric: 1 }), by("),
      "_mortal.ts": MORTAL,
      "mortal.ts": mortals(Array.from({ length: workers }, (_, n) => this.flag(n))),
    };
    const disk = ["--state", join(this.#dir, "state"), "--journal", join(this.#dir, "journal")];
    const args = ["--workers", `${workers}`, "--state-interval", "1", "--journal-sync", "always", ...disk];
    this.#daemon = await DaemonProcess.start(this.#t, routes, args);
    const event = (at: number) => ({ host: `h${at % KEYS}`, service: "sent", ttl: 3600 });
    this.#load = await Load.open(this.#t, this.daemon.port, { events: EVENTS, event });
    this.#sent = 0;
  }

  /** Events a second, as many as it takes. */
  async fullRate(): Promise<number> {
    const [begun, before] = [performance.now(), this.load.acked.n];
    this.load.start();
    await sleep(MEASURED_SECONDS * 1000);
    await this.load.pause();
    this.#sent = this.load.sent.n / EVENTS;
    return (this.load.acked.n - before) / ((performance.now() - begun) / 1000);
  }

  /**
   * Sends at a rate until `isOver`, and what could not be sent in time as soon as it can be.
   *
   * @param isOver - Is told by how many seconds that is late.
   */
  async send(rate: number, isOver: (late: number) => boolean): Promise<void> {
    const [begun, before] = [performance.now(), this.#sent];
    for (;;) {
      const due = Math.floor((((performance.now() - begun) / 1000) * rate) / EVENTS) - (this.#sent - before);
      if (due > 0) await this.load.run(due);
      this.#sent += Math.max(0, due);
      const late = (performance.now() - begun) / 1000 - ((this.#sent - before) * EVENTS) / rate;
      if (isOver(late)) return;
      await sleep(TURN_MS);
    }
  }

  /** How many messages are in, once those are that were acknowledged until now, as a whole. */
  async found(): Promise<number> {
    const known = this.#messages + this.load.acked.n / EVENTS;
    const client = await Client.open(this.daemon.port);
    // A query does not wait for a worker that is far behind.
    const found = await this.daemon.until("all messages, as a whole", async () => {
      const counts = [...((await counted(client)) ?? [])].map(([, count]) => count / (EVENTS / KEYS));
      const [first = 0] = counts;
      return (
        counts.length === KEYS && counts.every((count) => count === first) && first >= known && { messages: first }
      );
    });
    client.close();
    return found.messages;
  }

  /** All that was acknowledged is counted once, and what was not answered as a whole or not at all. */
  async settle(): Promise<void> {
    const { acked, refused, sent } = this.load;
    const known = this.#messages + acked.n / EVENTS;
    const open = (sent.n - acked.n - refused.n) / EVENTS;
    const messages = await this.found();
    assert.ok(messages <= known + open, `${messages} of ${known} and ${open} not answered`);
    this.#messages = messages - acked.n / EVENTS;
  }

  /** Ends the daemon, and has as many others go on. */
  async goOn(workers: number, isKilled: boolean): Promise<void> {
    const before = this.load;
    if (isKilled) this.daemon.signal("SIGKILL");
    else assert.deepEqual(await this.daemon.stop(), { code: 0, signal: null });
    await this.daemon.exit;
    before.cut();
    await this.start(workers);
    const [now, acked] = [this.load, before.acked.n / EVENTS];
    this.#load = before;
    await this.settle();
    this.#load = now;
    this.#messages += acked;
  }

  async end(): Promise<void> {
    const events = EVENTS * this.#messages + this.load.acked.n;
    await this.daemon.until("all windows", () => sumOf(this.windows.events) >= events);
    assert.equal(sumOf(this.windows.events), events);
    await this.daemon.stop();
  }
}

for (const workers of [2, 3])
  drill(`a worker of ${workers} ends or hangs again and again, then the daemon: counts are exact`, 2, (run) =>
    endAgainAndAgain(workers, run),
  );

async function endAgainAndAgain(workers: number, { t, times, seed, say }: DrillRun): Promise<void> {
  const chance = chances(seed);
  const spread = new Spread(t);
  await spread.start(workers);
  const rate = (await spread.fullRate()) / 2;
  let slowest = 0;
  for (let n = 0; n < times; n++) {
    const isReplaced = hasReplaced(spread.daemon, n + 1);
    end(spread.flag(Math.floor(chance() * workers)), n % 2 === 0 ? "exit" : "hang");
    const begun = performance.now();
    const secondsSince = (): number => (performance.now() - begun) / 1000;
    let caughtUp = 0;
    let isBack = false;
    const replaced = spread.daemon.until("the replacement", isReplaced).then(() => spread.found());
    void replaced.then(() => (isBack = true));
    await spread.send(rate, (late) => {
      if (isBack && caughtUp === 0 && late < BEHIND_SECONDS) caughtUp = secondsSince();
      return caughtUp > 0 && secondsSince() > SECONDS;
    });
    slowest = Math.max(slowest, caughtUp);
    await spread.settle();
  }
  for (let n = 0; n < times; n++) {
    const isKilled = n % 2 === 0;
    const over = performance.now() + chance() * SECONDS * 500;
    await spread.send(rate, () => performance.now() > over);
    if (isKilled) spread.load.start();
    await sleep(50);
    await spread.goOn(OTHERS[n % OTHERS.length] ?? 1, isKilled);
  }
  await spread.end();
  say(`${Math.round(rate)} events/s, half of what it takes; caught up after ${slowest.toFixed(1)} s at most`);
  say(`${spread.windows.count} windows, ${spread.windows.repeated} of them sent again`);
}
