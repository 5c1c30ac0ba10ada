import { fileURLToPath } from "node:url";
import { startChild } from "./child.ts";

/** What is sent, and for how long. */
export interface Load {
  readonly connections: number;
  /** Messages in flight per connection. */
  readonly window: number;
  /** Events a message. */
  readonly batch: number;
  /** Seconds before the measuring begins. */
  readonly warmUp: number;
  /** Seconds that are measured. */
  readonly seconds: number;
  /** Events per second; as fast as it goes when left out. */
  readonly rate?: number;
  /** @default 100 */
  readonly hosts?: number;
  /** @default 20 */
  readonly services?: number;
}

/** What a load generator printed; the C one (FTS_LOADGEN) and ours say the same. Totals include the warm-up. */
export interface LoadReport {
  readonly events_per_s: number;
  readonly p50_us: number;
  readonly p99_us: number;
  readonly p999_us: number;
  readonly batch: number;
  readonly errors: number;
  readonly total_events: number;
  readonly total_metric_sum: number;
}

/** What the generators give the last acks to come in, and some time to start. */
const MAX_DRAIN_SECONDS = 30;
const OWN = [process.execPath, fileURLToPath(new URL("load.js", import.meta.url))];

/** Runs a load against a port; `core` pins it. */
export async function runLoad(port: number, load: Load, core: number | null): Promise<LoadReport> {
  const { connections, window, batch, warmUp, seconds, rate, hosts = 100, services = 20 } = load;
  const generator = process.env.FTS_LOADGEN ? [process.env.FTS_LOADGEN] : OWN;
  const numbers = { p: port, c: connections, w: window, b: batch, u: warmUp, d: seconds, H: hosts, S: services };
  const flags = Object.entries(rate === undefined ? numbers : { ...numbers, r: Math.round(rate) });
  const child = startChild([...generator, ...flags.flatMap(([flag, value]) => [`-${flag}`, String(value)])], core);
  const line = await child.saw("total_events", warmUp + seconds + MAX_DRAIN_SECONDS);
  await child.ended;
  const report: LoadReport = JSON.parse(line);
  return report;
}
