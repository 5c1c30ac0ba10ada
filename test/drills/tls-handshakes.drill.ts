import assert from "node:assert/strict";
import { Load } from "../e2e/load.ts";
import { drill } from "./drill.ts";
import { openFiles, runClients, secureDaemon } from "./secure-daemon.ts";

drill("handshakes, a thousand a second, all succeed and harm nobody", 3_000, async ({ t, times, seed, say }) => {
  const { daemon, port, good } = await secureDaemon(t);
  const load = await Load.open(t, daemon.port, { connections: 2, events: 10, window: 2 });
  load.start();
  const [files, memory, cpu] = [openFiles(daemon), daemon.megabytes, daemon.cpuSeconds];
  const told = await runClients({ port, kind: "handshakes", connections: times, perSecond: 1_000, seed });
  await daemon.until("their sockets to be closed", () => openFiles(daemon) <= files + 2);
  const { answers, slowest, isOpen } = await good();
  await load.pause();
  say(
    `${times} handshakes in ${told.seconds.toFixed(1)} s, ${told.failed} failed; ${daemon.cpuSeconds - cpu} s of CPU`,
  );
  say(`memory ${memory.toFixed()} to ${daemon.megabytes.toFixed()} MB`);
  say(`${answers} answers to the good client, the slowest ${(slowest * 1000).toFixed()} ms`);
  say(`${load.sent.n} events over TCP, the slowest ack ${(load.slowest * 1000).toFixed()} ms`);
  assert.deepEqual([told.failed, isOpen, load.cutOff, load.acked], [0, true, 0, load.sent]);
});
