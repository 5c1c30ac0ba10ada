import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { partitionOf, partitionsOf } from "../../src/core/spread.ts";
import { Client } from "../e2e/client.ts";
import { DaemonProcess, routeDir } from "../e2e/daemon-process.ts";
import { imbalances, total } from "../e2e/ledger.ts";
import { drill } from "./drill.ts";

/** A host whose events come to this one of two workers. */
const hostOf = (worker: number): string => {
  for (let n = 0; ; n++) if (partitionsOf(worker, 2)[partitionOf(`host ${n}`)] === 1) return `host ${n}`;
};
const [ONE, TWO] = [hostOf(0), hostOf(1)];

/** Ends its thread at each event that says so; the events of both pipelines go to one file. */
const route = (name: string, path: string): string => `import { file, filter, map, pipeline } from "fast-ts";
pipeline("${name}", [
  filter((e) => e.host === "${name}"),
  map((e) => e.service === "exit" ? process.exit(1) : e),
  file(${JSON.stringify(path)}, { maxEvents: 1_000_000 }),
]);`;

drill("threads that end lose nothing that they had handed over, and nothing comes twice", 12, async (drilled) => {
  const { t, times, say } = drilled;
  const path = join(routeDir(t, {}), "out.ndjson");
  const files = { "one.ts": route(ONE, path), "two.ts": route(TWO, path) };
  const daemon = await DaemonProcess.start(t, files, ["--workers", "2"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  let sent = 0;
  const some = (host: string) => Array.from({ length: 500 }, () => ({ host, service: String(sent++) }));
  for (let n = 1; n <= times; n++) {
    for (let batches = 0; batches < 10; batches++) await client.send(...some(ONE), ...some(TWO));
    await client.send({ host: n % 2 === 0 ? ONE : TWO, service: "exit" });
    // More than three ends in five seconds would have the worker rest.
    await daemon.until(`worker ${n} to be replaced`, async () => {
      const { workers } = await daemon.tree();
      return (
        workers.reduce((sum, { replaced }) => sum + replaced, 0) === n && workers.every((w) => w.state === "running")
      );
    });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const pipelines = await daemon.until("all to be written", async () => {
    const { pipelines: all } = await daemon.tree();
    return all.every((one) => imbalances(one).length === 0 && one.stages.every(({ pending }) => pending === 0)) && all;
  });
  const rows = pipelines.map(({ stages }) => stages.find(({ place }) => place.startsWith("file#")));
  const delivered = rows.reduce((sum, row) => sum + (row?.delivered ?? 0), 0);
  const dropped = rows.reduce((sum, row) => sum + total(row?.dropped ?? {}), 0);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  const services = lines.map((line) => String(JSON.parse(line).service));
  say(`${sent} events, ${times} ends: ${lines.length} lines, ${dropped} went with the thread`);
  assert.equal(dropped, 0, "what a thread has taken is handed over when it ends");
  assert.equal(lines.length, delivered, "what counts as delivered is there");
  assert.equal(new Set(services).size, services.length, "nothing is there twice");
});
