import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ItemCodec } from "../src/delivery/item-codec.ts";
import { SPILL_FILES } from "../src/delivery/open-store.ts";
import { encodeItems } from "../src/delivery/spill-entry.ts";
import { SpillLogs } from "../src/delivery/spill-logs.ts";
import { startChild } from "./child.ts";
import { decodedBatches } from "./decoded.ts";
import { freePort } from "./free-port.ts";
import { readSample } from "./samples.ts";
import { median } from "./statistics.ts";
import { daemonCommand } from "./target.ts";

/*
 * From the start of a daemon to its open port and to the first of 1 GiB of spilled events that arrives, in turns with a
 * start without spill.
 *   node dist/bench/spill-start.js
 */
const ROUNDS = 5;
const SPILLED_BYTES = 1024 ** 3;
const MAX_SECONDS = 2;

const root = mkdtempSync(join(tmpdir(), "fast-ts-bench-"));
const data = join(root, "data");
let arrived = (): void => {};
const web = createServer((request, response) => {
  arrived();
  request.resume().on("end", () => response.writeHead(204).end());
});
const webPort = await freePort();
web.listen(webPort, "127.0.0.1");
const routes = join(root, "routes");
mkdirSync(routes);
writeFileSync(
  join(routes, "r.ts"),
  `import { pipeline, webhook } from "fast-ts";
pipeline("to disk", [webhook("http://127.0.0.1:${webPort}/", { spill: true })]);`,
);

interface Start {
  /** Seconds until its port is open, and of its processor time until then. */
  readonly seconds: number;
  readonly cpu: number;
  /** Seconds until the first spilled events arrive. */
  readonly sending: number;
}

/** Starts a daemon, which is killed then. */
async function start(dir: string, isSending: boolean): Promise<Start> {
  const first = new Promise<void>((resolve) => (arrived = resolve));
  const begun = performance.now();
  const since = (): number => (performance.now() - begun) / 1000;
  const child = startChild([...daemonCommand(routes, await freePort(), 1), `--data=${dir}`], null);
  await child.saw('"listening"');
  const [seconds, cpu] = [since(), readSample(child.pid)?.cpu ?? Number.NaN];
  if (isSending) await first;
  const sending = since();
  child.signal("SIGKILL");
  await child.ended;
  return { seconds, cpu, sending };
}

/** Fills the spill that a daemon has made. */
async function fill(): Promise<number> {
  const [target = ""] = readdirSync(join(data, "spill"));
  const codec = new ItemCodec();
  const options = { dir: join(data, "spill", target), codec: codec.name, segmentBytes: 16 * 1024 ** 2, onDamage() {} };
  const logs = await SpillLogs.open({ ...options, ...SPILL_FILES });
  const items = decodedBatches({ eventsPerMessage: 10_000, count: 10_000 }).flat();
  const spilled = { items, events: items.length, bytes: 200 * items.length, born: Date.now() / 1000 };
  const entries = encodeItems(codec, 0, spilled, 64 * 1024);
  while (logs.bytes < SPILLED_BYTES) await logs.append(entries);
  await logs.close();
  return logs.next - 1;
}

try {
  await start(data, false);
  const items = await fill();
  const pairs: (readonly [Start, Start])[] = [];
  for (let round = 0; round < ROUNDS; round++)
    pairs.push([await start(join(root, "empty"), false), await start(data, true)]);
  const words = (which: 0 | 1): string => {
    const of = (name: keyof Start): string => median(pairs.map((pair) => pair[which][name])).toFixed(2);
    return `listens after ${of("seconds")} s, ${of("cpu")} s of CPU${which === 0 ? "" : `; sends after ${of("sending")} s`}`;
  };
  console.log(`start without spill: ${words(0)}`);
  console.log(`start with 1 GiB of it, ${items} events: ${words(1)} (goal: < ${MAX_SECONDS} s)`);
} finally {
  rmSync(root, { recursive: true, force: true });
  web.close();
}
