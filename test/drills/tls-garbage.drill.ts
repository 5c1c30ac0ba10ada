import assert from "node:assert/strict";
import { Load } from "../e2e/load.ts";
import { drill } from "./drill.ts";
import { openFiles, runClients, secureDaemon } from "./secure-daemon.ts";

drill("garbage at the port of TLS harms nobody, and leaves nothing open", 5_000, async ({ t, times, seed, say }) => {
  const { daemon, port, good } = await secureDaemon(t);
  const load = await Load.open(t, daemon.port, { connections: 2, events: 10, window: 2 });
  load.start();
  const [files, memory] = [openFiles(daemon), daemon.megabytes];
  const { seconds } = await runClients({ port, kind: "garbage", connections: times, perSecond: 2_000, seed });
  const failed = (): Promise<number> => daemon.metric('fast_ts_door_refused_total{door="tls",reason="handshake"}');
  await daemon.until("every handshake to have failed", async () => (await failed()) === times);
  await daemon.until("their sockets to be closed", () => openFiles(daemon) <= files + 2);
  const { answers, slowest, isOpen } = await good();
  await load.pause();
  say(
    `${times} connections in ${seconds.toFixed(1)} s; memory ${memory.toFixed()} to ${daemon.megabytes.toFixed()} MB`,
  );
  say(`${answers} answers to the good client, the slowest ${(slowest * 1000).toFixed()} ms`);
  say(`${load.sent.n} events over TCP, the slowest ack ${(load.slowest * 1000).toFixed()} ms`);
  assert.deepEqual([isOpen, load.cutOff, load.acked], [true, 0, load.sent]);
});
