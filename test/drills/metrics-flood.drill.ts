import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { balanced } from "../e2e/ledger.ts";
import { aside } from "./aside.ts";
import { drill } from "./drill.ts";
import { percentiles } from "./percentiles.ts";
import type { Lap } from "./probe.ts";
import type { Scraped } from "./scrapers.ts";

const CALM_SECONDS = 3;
/** On an idle machine. What holds up the probe itself is added. */
const MAX_MS = { ack: 250, health: 100 };
/** What pages are to take while events come, cores. It is told, not asserted: clients that are answered sooner ask more. */
const WANTED_CORES = 0.1;

/** Pipelines, clients, and seconds; none where an idle machine is to judge, by hand. */
const CASES = [
  [60, 100, 8],
  [2000, 20, 0],
] as const;

const routesOf = (pipelines: number): string => `import { filter, map, pipeline } from "fast-ts";
for (let n = 0; n < ${pipelines}; n++)
  pipeline(\`pipeline \${n}\`, [filter((e) => e.metric === n), map((e) => e), map((e) => e), map((e) => e), map((e) => e)]);
`;

for (const [pipelines, scrapers, times] of CASES)
  drill(
    `${scrapers} clients that ask for /metrics of ${pipelines} pipelines again and again hold up nobody, seconds`,
    times,
    async (run) => {
      const { t, times: seconds, say } = run;
      const daemon = await DaemonProcess.start(t, { "a.ts": routesOf(pipelines) }, ["--workers", "1", "--no-watch"]);
      const probe = aside(t, "probe", daemon.port, daemon.httpPort);
      await sleep(1000);
      await probe.ask();
      const calmFrom = daemon.cpuSeconds;
      await sleep(CALM_SECONDS * 1000);
      const calm = await probe.ask<Lap>();
      const [cpu, calmMegabytes] = [daemon.cpuSeconds, daemon.megabytes];
      const scraping = aside(t, "scrapers", daemon.httpPort, scrapers);
      await sleep(seconds * 1000);
      const flooded = await probe.ask<Lap>();
      const cores = (daemon.cpuSeconds - cpu) / seconds - (cpu - calmFrom) / CALM_SECONDS;
      const megabytes = daemon.megabytes;
      const scraped = await scraping.ask<Scraped>();
      const { busyness } = calm;
      say(`half / 99 % / slowest without: ack ${percentiles(calm.acks)}, /healthz ${percentiles(calm.health)}`);
      say(`half / 99 % / slowest with:    ack ${percentiles(flooded.acks)}, /healthz ${percentiles(flooded.health)}`);
      say(
        `${scraped.answered} pages of ${scraped.renderings} renderings, ${percentiles(scraped.took)}; memory ${calmMegabytes.toFixed()} to ${megabytes.toFixed()} MB`,
      );
      say(
        `${cores.toFixed(2)} cores of ${WANTED_CORES} wanted; limits of ${JSON.stringify(MAX_MS)} ms times ${busyness.toFixed(1)}: the machine is busy; and ${flooded.late.toFixed()} more: it held up the probe`,
      );
      assert.deepEqual([calm.wrong, flooded.wrong, scraped.failed], [0, 0, 0], "all are answered");
      assert.equal(scraped.series.length, 1, "every page has the same series");
      const { workers } = await daemon.tree();
      for (const { replaced } of workers) assert.equal(replaced, 0);
      await balanced(daemon); // events come all the while
      const slowest = { ack: Math.max(...flooded.acks), health: Math.max(...flooded.health) };
      assert.ok(slowest.ack <= MAX_MS.ack * busyness + flooded.late, `slowest ack ${slowest.ack.toFixed()} ms`);
      assert.ok(
        slowest.health <= MAX_MS.health * busyness + flooded.late,
        `slowest /healthz ${slowest.health.toFixed()} ms`,
      );
    },
  );
