import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Client } from "../e2e/client.ts";
import { COUNTING, counted, countingRoute } from "../e2e/counting.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { Load } from "../e2e/load.ts";
import type { Flood } from "./datagram-sender.ts";
import { drill } from "./drill.ts";

drill("mutated datagrams harm nobody, and each is counted", 200_000, async ({ t, times, seed, say }) => {
  const daemon = await DaemonProcess.start(t, { "_count.ts": COUNTING, "good.ts": countingRoute("good") });
  const load = await Load.open(t, daemon.port, { connections: 2, events: 10, window: 2 });
  load.start();
  const before = daemon.megabytes;
  const flood: Flood = { port: daemon.port, datagrams: times, seed };
  // In a thread of its own, so that the load is not held up by it.
  await once(new Worker(new URL("./datagram-sender.js", import.meta.url), { workerData: flood }), "exit");
  const door = async (): Promise<Record<string, number>> => {
    const { text } = await daemon.page("/metrics");
    const of = (series: string): number => Number(text.split(`${series} `)[1]?.split("\n")[0]);
    const refused = (reason: string): number => of(`fast_ts_door_refused_total{door="udp",reason="${reason}"}`);
    const messages = of('fast_ts_door_messages_total{door="udp"}');
    return {
      messages,
      malformed: refused("malformed"),
      overload: refused("overload"),
      kernel: refused("kernel"),
    };
  };
  await daemon.until("every datagram to be counted", async () => {
    const { messages = 0, kernel = 0 } = await door();
    return messages + kernel === times;
  });
  await load.pause();
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  say(`${JSON.stringify(await door())}; memory ${before.toFixed()} to ${daemon.megabytes.toFixed()} MB`);
  assert.equal(load.cutOff, 0);
  assert.deepEqual(load.acked, load.sent, "others are not affected");
  assert.deepEqual(await counted(daemon, client, "good"), load.sent);
  say(`beside ${load.sent.n} events of others, the slowest ack ${(load.slowest * 1000).toFixed()} ms`);
  for (const worker of (await daemon.tree()).workers) assert.equal(worker.replaced, 0);
});
