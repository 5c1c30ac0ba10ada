import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { balanced } from "../e2e/ledger.ts";
import { aside } from "./aside.ts";
import type { Asked } from "./askers.ts";
import { drill } from "./drill.ts";
import { percentiles } from "./percentiles.ts";
import type { Lap } from "./probe.ts";

/** As many as the index holds: the probe's own takes the place of one. */
const EVENTS = 100_000;
/** On an idle machine. What holds up the probe itself is added. */
const MAX_MS = { ack: 250, health: 100 };
/** What searches may take of the worker while events come: a quarter, and what comes with them, garbage above all. */
const MAX_WORKER = 0.25 + 0.1;
const CALM_SECONDS = 2;

const ROUTES = `import { index, pipeline } from "fast-ts";
pipeline("all", [index()]);
`;

for (const [clients, kind, isEach] of [
  [100, "the same", 0],
  [25, "each its own", 1],
] as const)
  drill(
    `${clients} clients that search the whole index again and again, ${kind}, are answered, seconds`,
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
      await sleep(CALM_SECONDS * 1000);
      const { busyness, ...calm } = await probe.ask<Lap>();
      const begun = performance.now();
      const cpu = daemon.threadSeconds;
      const askers = aside(t, "askers", daemon.port, clients, isEach);
      await sleep(seconds * 1000);
      const took = (performance.now() - begun) / 1000;
      const shares = [...daemon.threadSeconds].map(
        ([id, used]) => [id === daemon.pid, (used - (cpu.get(id) ?? 0)) / took] as const,
      );
      const main = Math.max(...shares.map(([isMain, share]) => (isMain ? share : 0)));
      const worker = Math.max(...shares.map(([isMain, share]) => (isMain ? 0 : share)));
      const flooded = await probe.ask<Lap>();
      const asked = await askers.ask<Asked>();
      say(`half / 99 % / slowest without: ack ${percentiles(calm.acks)}, /healthz ${percentiles(calm.health)}`);
      say(`half / 99 % / slowest with:    ack ${percentiles(flooded.acks)}, /healthz ${percentiles(flooded.health)}`);
      say(`${asked.answered} searches answered; refused: ${JSON.stringify(asked.refused)}; ${percentiles(asked.took)}`);
      say(
        `worker ${worker.toFixed(2)} cores of ${MAX_WORKER}, main thread ${main.toFixed(2)}; limits of ${JSON.stringify(MAX_MS)} ms times ${busyness.toFixed(1)}: the machine is busy; and ${flooded.late.toFixed()} more: it held up the probe`,
      );
      assert.deepEqual([calm.wrong, flooded.wrong, asked.closed], [0, 0, 0]);
      const refused = Object.values(asked.refused).reduce((sum, count) => sum + count, 0);
      // What fits into the seconds that a search may wait is a matter of the machine.
      assert.ok(asked.answered > (busyness < 2 ? refused : 0), "most are answered");
      const { workers } = await daemon.tree();
      assert.deepEqual(
        workers.map(({ replaced, indexEvents }) => [replaced, indexEvents]),
        [[0, EVENTS]],
        "no worker is replaced, and the index is still there",
      );
      await balanced(daemon); // events come all the while
      assert.ok(worker <= MAX_WORKER, `the worker took ${worker} cores`);
      const slowest = { ack: Math.max(...flooded.acks), health: Math.max(...flooded.health) };
      assert.ok(slowest.ack <= MAX_MS.ack * busyness + flooded.late, `slowest ack ${slowest.ack.toFixed()} ms`);
      assert.ok(
        slowest.health <= MAX_MS.health * busyness + flooded.late,
        `slowest /healthz ${slowest.health.toFixed()} ms`,
      );
    },
  );
