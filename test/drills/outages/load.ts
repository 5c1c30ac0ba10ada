import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../../e2e/client.ts";

/*
 * Numbered events, so many a second or, told `full`, as many as are taken, each message once the one before is acknowledged:
 *   node load.js PORT EVENTS_A_SECOND
 */
const [port = "0", rate = "0"] = process.argv.slice(2);
const BATCH = Math.min(500, Math.max(1, Number(rate) / 100));
const client = await Client.open(Number(port));
let sent = 0;
let order = "go";
process.on("message", (message: "go" | "full" | "pause" | "stop") => {
  order = message;
  if (message !== "stop") process.send?.(sent);
});
process.on("disconnect", () => process.exit());
let due = performance.now();
while (order !== "stop") {
  if (order === "pause") await sleep(20);
  if (order !== "go") due = performance.now();
  if (order === "pause") continue;
  const events = Array.from({ length: BATCH }, (_, n) => ({
    ...{ host: "h", service: `e${sent + n}`, state: "critical", metric_d: 1, ttl: 60 },
  }));
  await client.send(...events);
  sent += BATCH;
  if (order === "full") continue;
  due += (1000 * BATCH) / Number(rate);
  const early = due - performance.now();
  if (early > 0) await sleep(early);
}
process.send?.(sent);
