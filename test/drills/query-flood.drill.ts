import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { aside } from "./aside.ts";
import type { Asked } from "./askers.ts";
import { drill } from "./drill.ts";
import { percentiles } from "./percentiles.ts";
import type { Lap } from "./probe.ts";

/** As many as the index holds: the probe's own takes the place of one. */
const EVENTS = 100_000;
const CLIENTS = 100;
/** On an idle machine. */
const MAX_MS = { ack: 250, health: 100 };
/**
 * What searches are to take while events come, cores: a quarter of the worker, and what the listener takes for asking. It
 * is told, not asserted: clients that are answered sooner ask more.
 */
const WANTED_CORES = 0.25 + 0.1;
const CALM_SECONDS = 2;

const ROUTES = `import { index, pipeline } from "fast-ts";
pipeline("all", [index()]);
`;

for (const [kind, isEach] of [
  ["the same", 0],
  ["each its own", 1],
] as const)
  drill(
    `${CLIENTS} clients that search the whole index again and again, ${kind}, are answered, seconds`,
    10,
    async (run) => {
      const { t, times: seconds, say } = run;
      const daemon = await DaemonProcess.start(t, { "a.ts": ROUTES }, ["--workers", "1", "--no-watch"]);
      const client = await Client.open(daemon.port);
      t.after(() => client.close());
      for (let n = 0; n < EVENTS; n += 1000)
        await client.send(
          ...Array.from({ length: 1000 }, (_, k) => ({ service: `s${n + k}`, state: "ok", metric_d: 1, ttl: 3600 })),
        );
      const probe = aside(t, "probe", daemon.port, daemon.httpPort);
      const calmFrom = daemon.cpuSeconds;
      await sleep(CALM_SECONDS * 1000);
      const { busyness, ...calm } = await probe.ask<Lap>();
      const cpu = daemon.cpuSeconds;
      const askers = aside(t, "askers", daemon.port, CLIENTS, isEach);
      await sleep(seconds * 1000);
      const flooded = await probe.ask<Lap>();
      const cores = (daemon.cpuSeconds - cpu) / seconds - (cpu - calmFrom) / CALM_SECONDS;
      const asked = await askers.ask<Asked>();
      say(`half / 99 % / slowest without: ack ${percentiles(calm.acks)}, /healthz ${percentiles(calm.health)}`);
      say(`half / 99 % / slowest with:    ack ${percentiles(flooded.acks)}, /healthz ${percentiles(flooded.health)}`);
      say(`${asked.answered} searches answered; refused: ${JSON.stringify(asked.refused)}; ${percentiles(asked.took)}`);
      say(
        `${cores.toFixed(2)} cores of ${WANTED_CORES} wanted; limits of ${JSON.stringify(MAX_MS)} ms times ${busyness.toFixed(1)}: the machine is busy`,
      );
      assert.deepEqual([calm.wrong, flooded.wrong, asked.closed], [0, 0, 0]);
      const refused = Object.values(asked.refused).reduce((sum, count) => sum + count, 0);
      // What fits into the seconds that a search may wait is a matter of the machine.
      assert.ok(asked.answered > (busyness < 2 ? refused : 0), "most are answered");
      const { workers, pipelines } = await daemon.tree();
      assert.deepEqual(
        workers.map(({ replaced, indexEvents }) => [replaced, indexEvents]),
        [[0, EVENTS]],
        "no worker is replaced, and the index is still there",
      );
      assertBalanced(...pipelines);
      const slowest = { ack: Math.max(...flooded.acks), health: Math.max(...flooded.health) };
      assert.ok(slowest.ack <= MAX_MS.ack * busyness, `slowest ack ${slowest.ack.toFixed()} ms`);
      assert.ok(slowest.health <= MAX_MS.health * busyness, `slowest /healthz ${slowest.health.toFixed()} ms`);
    },
  );
