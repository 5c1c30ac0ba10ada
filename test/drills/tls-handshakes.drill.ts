import assert from "node:assert/strict";
import { aside } from "./aside.ts";
import { drill } from "./drill.ts";
import { percentiles } from "./percentiles.ts";
import type { Lap } from "./probe.ts";
import { openFiles, runClients, secureDaemon } from "./secure-daemon.ts";

drill("handshakes, a thousand a second, all succeed and harm nobody", 3_000, async ({ t, times, seed, say }) => {
  const { daemon, port, good } = await secureDaemon(t);
  const probe = aside(t, "probe", daemon.port, daemon.httpPort);
  const { busyness } = await probe.ask<Lap>();
  const [files, memory, cpu] = [openFiles(daemon), daemon.megabytes, daemon.cpuSeconds];
  const told = await runClients({ port, kind: "handshakes", connections: times, perSecond: 1_000, seed });
  const used = daemon.cpuSeconds - cpu;
  await daemon.until("their sockets to be closed", () => openFiles(daemon) <= files + 2);
  const { answers, slowest, isOpen } = await good();
  const { acks, health, wrong } = await probe.ask<Lap>();
  const [daemonMs, clientMs] = [used, told.cpuSeconds].map((seconds) => ((seconds * 1000) / times).toFixed(2));
  say(
    `${times} handshakes in ${told.seconds.toFixed(1)} s, ${told.failed} failed; the machine is busy: ${busyness.toFixed(1)}`,
  );
  say(`CPU of each handshake: daemon ${daemonMs} ms, clients ${clientMs} ms`);
  say(`memory ${memory.toFixed()} to ${daemon.megabytes.toFixed()} MB`);
  say(`${answers} answers to the good client over TLS, the slowest ${(slowest * 1000).toFixed()} ms`);
  say(`half / 99 % / slowest beside them: ack over TCP ${percentiles(acks)}, /healthz ${percentiles(health)}`);
  assert.deepEqual([told.failed, isOpen, wrong], [0, true, 0]);
});
