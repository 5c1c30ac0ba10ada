import { fileURLToPath } from "node:url";
import { startChild } from "../child.ts";
import { startServer, stopServer } from "../measure.ts";
import { readSample } from "../samples.ts";
import type { Scenario } from "../scenario.ts";
import { against, type Row } from "../table.ts";
import { daemon } from "../target.ts";

const CONNECTIONS = 10_000;
const CLIENTS = fileURLToPath(new URL("../idle-clients.js", import.meta.url));

/** What a client costs that is connected and silent, before its first message and after it. */
export const idle: Scenario = {
  name: "idle",
  about: "10,000 idle connections: bytes each",
  async run() {
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
    return { tables: [{ title: "Idle connections", rows }], isExact: true };
  },
};
