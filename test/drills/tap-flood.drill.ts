import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { balanced } from "../e2e/ledger.ts";
import { aside } from "./aside.ts";
import { drill } from "./drill.ts";
import type { Sent } from "./senders.ts";
import type { Tapped } from "./tappers.ts";

const CLIENTS = 100;
/** Of 100 events, each 10 ms: 400,000 events a second. */
const MESSAGES = 40;
const LAP_SECONDS = 1.5;
/** What the clients may take of the daemon while events come, cores. */
const WANTED_CORES = 0.25;
/** How much of the events comes through beside them, at least. Without limits of taps it was a sixth. */
const MIN_SHARE = 0.5;

const ROUTES = `import { pipeline, tap } from "fast-ts";
pipeline("all", [tap("all")]);
`;

drill(
  `${CLIENTS} clients that open a tap again and again, and read nothing of it, cost events little, pairs`,
  5,
  async (run) => {
    const { t, times, say } = run;
    const daemon = await DaemonProcess.start(t, { "a.ts": ROUTES }, ["--workers", "1", "--no-watch"]);
    const senders = aside(t, "senders", daemon.port, MESSAGES);
    const tappers = aside(t, "tappers", daemon.httpPort, CLIENTS);
    /** Processor seconds and events of a while. */
    const lap = async (clients: "come" | "go"): Promise<{ cpu: number; acked: number; opened: number }> => {
      await tappers.ask(clients);
      await senders.ask();
      const before = daemon.cpuSeconds;
      await sleep(LAP_SECONDS * 1000);
      const cpu = daemon.cpuSeconds - before;
      const { acked } = await senders.ask<Sent>();
      return { cpu, acked, ...(await tappers.ask<Tapped>("go")) };
    };
    await lap("go"); // code is compiled meanwhile
    const costs: number[] = [];
    const shares: number[] = [];
    for (let pair = 0; pair < times; pair++) {
      const [alone, beside] = [await lap("go"), await lap("come")];
      // A busy machine sends fewer: what those events would have taken alone is no cost of the clients.
      const cores = (beside.cpu - (alone.cpu * beside.acked) / alone.acked) / LAP_SECONDS;
      say(
        `${alone.acked} events alone, ${beside.acked} beside ${beside.opened} readers, who take ${cores.toFixed(2)} cores`,
      );
      costs.push(cores);
      shares.push(beside.acked / alone.acked);
    }
    const [cost, share] = [costs, shares].map(median);
    say(`half of the pairs: ${cost?.toFixed(2)} cores of ${WANTED_CORES} wanted, ${share?.toFixed(2)} of the events`);
    const { workers } = await daemon.tree();
    for (const { replaced } of workers) assert.equal(replaced, 0);
    await balanced(daemon); // events come all the while
    assert.ok(share !== undefined && share >= MIN_SHARE, `${share} of the events`);
  },
);

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
