import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { SEED } from "../rounds.ts";
import { Client } from "./client.ts";
import { COUNTING, counted, countingRoute } from "./counting.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { Load } from "./load.ts";
import { mutants, sendMutants } from "./mutants.ts";

/** With fewer mutants the heap has not been collected often enough to be compared. */
const MIN_COMPARED = 100_000;

export const COUNTING_ROUTES = { "_count.ts": COUNTING, "good.ts": countingRoute("good") };

/** Sends frames that were good once, beside a good load. Returns what was measured, in words. */
export async function sendMutantsBeside(t: TestContext, workers: number, total: number, seed = SEED): Promise<string> {
  const daemon = await DaemonProcess.start(t, COUNTING_ROUTES, ["--workers", String(workers)]);
  const load = await Load.open(t, daemon.port, { connections: 1, events: 10, window: 2 });
  load.start();
  const frames = mutants(seed);
  await sendMutants(daemon.port, frames, total / 10);
  const resident = daemon.megabytes;
  const lows: number[] = [];
  let answered = 0;
  let refused = 0;
  for (let part = 0; part < 4; part++) {
    const sending = sendMutants(daemon.port, frames, total / 4);
    lows.push(await lowestHeap(daemon, sending));
    const tally = await sending;
    answered += tally.answered;
    refused += tally.refused;
  }
  const grown = daemon.megabytes - resident;
  await load.pause();
  assert.equal(answered, total, "each got its answer");
  assert.ok(refused > total / 100 && refused < total, `some are no messages, some are: ${refused} refused`);
  const acked = load.acknowledged(daemon);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  assert.deepEqual(await counted(daemon, client, "good"), acked);
  const [first = 0, last = Number.NaN] = [lows[0], lows.at(-1)];
  if (total >= MIN_COMPARED) assert.ok(last - first < 15, `heaps rose: ${lows}`);
  assert.ok(grown < 200, `the process grew by ${grown} MB`);
  for (const worker of (await daemon.tree()).workers) assert.equal(worker.replaced, 0);
  const heaps = lows.map((mb) => mb.toFixed(1));
  return `${refused} of ${total} refused; heaps ${heaps}, process + ${grown.toFixed()} MB`;
}

/** The least heap in use, MB, seen until `work` is done: what garbage is left aside. */
async function lowestHeap(daemon: DaemonProcess, work: Promise<unknown>): Promise<number> {
  let isDone = false;
  let lowest = Number.POSITIVE_INFINITY;
  void work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    lowest = Math.min(lowest, await daemon.heapMegabytes());
    await pause(50); // what is measured is to have the processor
  }
  return lowest;
}

/** Connects so often, a hundred clients at a time, each with one event to be acknowledged. */
export async function connectOften(t: TestContext, connects: number): Promise<void> {
  const daemon = await DaemonProcess.start(t, COUNTING_ROUTES, ["--workers", "1"]);
  let left = connects;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const client = await Client.open(daemon.port);
      await client.send({ service: "quick", host: "load-quick", metric_sint64: 1 });
      client.socket.resetAndDestroy();
    }
  };
  await Promise.all(Array.from({ length: 100 }, one));
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  assert.deepEqual(await counted(daemon, client, "good"), { n: connects, sum: connects });
  await daemon.until("one connection to be left", async () => (await daemon.metric("fast_ts_connections")) === 1);
  assert.equal(await daemon.metric("fast_ts_connections_total"), connects + 1);
}
