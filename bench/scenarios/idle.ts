import { fileURLToPath } from "node:url";
import { startChild } from "../child.ts";
import { startServer, stopServer } from "../measure.ts";
import { readSample, type Sample } from "../samples.ts";
import type { Outcome, Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against, type Row } from "../table.ts";
import { daemon } from "../target.ts";

const CONNECTIONS = 10_000;
const CLIENTS = fileURLToPath(new URL("../idle-clients.js", import.meta.url));
const PIPELINES = 1000;
const WORKERS = [0, 1, 8];
/** Until all is started, and how long is then looked at what it uses. */
const SETTLE_MS = 3000;
const LOOK_MS = 5000;

/** What costs that has nothing to do: clients that are silent, and pipelines to which nothing comes. */
export const idle: Scenario = {
  name: "idle",
  about: "10,000 idle connections: bytes each; 1,000 idle pipelines in 0, 1 and 8 workers: bytes and time each",
  async run({ rounds }): Promise<Outcome> {
    const tables = [
      { title: "Idle connections", rows: await connections() },
      { title: `Idle pipelines, each in all workers, medians of ${rounds}`, rows: await pipelines(rounds) },
    ];
    return { tables, isExact: true };
  },
};

/** Before their first message and after it. */
async function connections(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const sends of [false, true]) {
    const { child, port } = await startServer(daemon("trivial", 0, 1));
    const rss = (): number => readSample(child.pid)?.rssBytes ?? Number.NaN;
    const before = rss();
    const began = performance.now();
    const words = [process.execPath, CLIENTS, String(port), String(CONNECTIONS), sends ? "send" : "silent"];
    const clients = startChild(words, null);
    await clients.saw("connected");
    const seconds = (performance.now() - began) / 1000;
    const each = (rss() - before) / CONNECTIONS / 1000;
    rows.push({
      connections: `${CONNECTIONS}${sends ? ", each after one message" : ""}`,
      "kB each": each.toFixed(1),
      ...against(each, { must: 10 }, false, String),
      "connected in s": seconds.toFixed(1),
      "RSS before MB": (before / 1e6).toFixed(0),
    });
    clients.signal("SIGTERM");
    await clients.ended;
    await stopServer(child);
  }
  return rows;
}

async function pipelines(rounds: number): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const workers of WORKERS) {
    const used: { readonly one: Used; readonly all: Used }[] = [];
    for (let round = 0; round < rounds; round++)
      used.push({ one: await atRest(workers, 1), all: await atRest(workers, PIPELINES) });
    const each = (of: (used: Used) => number): number =>
      median(used.map(({ one, all }) => (of(all) - of(one)) / (PIPELINES - 1)));
    const bytes = each(({ rssBytes }) => rssBytes);
    const places = Math.max(1, workers);
    rows.push({
      workers: String(workers),
      "kB a pipeline": (bytes / 1000).toFixed(1),
      "and worker": (bytes / 1000 / places).toFixed(1),
      "µs of CPU a second": (each(({ cpu }) => cpu) * 1e6).toFixed(1),
      "of the daemon, ms": (median(used.map(({ one }) => one.cpu)) * 1000).toFixed(1),
      "RSS MB": (median(used.map(({ one }) => one.rssBytes)) / 1e6).toFixed(0),
    });
  }
  return rows;
}

interface Used {
  readonly rssBytes: number;
  /** Processor seconds a second. */
  readonly cpu: number;
}

/** A daemon with so many pipelines to which nothing comes. */
async function atRest(workers: number, count: number): Promise<Used> {
  process.env.IDLE_PIPELINES = String(count);
  const { child } = await startServer({ ...daemon("idle", workers, 0), isSingle: false });
  const sample = async (ms: number): Promise<Sample> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return readSample(child.pid) ?? { at: Number.NaN, cpu: Number.NaN, rssBytes: Number.NaN };
  };
  const [before, after] = [await sample(SETTLE_MS), await sample(LOOK_MS)];
  await stopServer(child);
  return { rssBytes: after.rssBytes, cpu: (after.cpu - before.cpu) / (after.at - before.at) };
}
