import { fileURLToPath } from "node:url";
import type { LoadReport } from "./load-process.ts";

/** A server to be measured. */
export interface Target {
  readonly name: string;
  /** It says "listening" when it does, and prints its totals when it is told to stop. */
  command(port: number): readonly string[];
  /** Whether it is one thread: then it is pinned to a core, and says nothing unless that core was busy. */
  readonly isSingle: boolean;
  /** Whether the totals it printed are, exactly, what was sent. */
  agrees(output: readonly string[], sent: LoadReport): boolean;
}

const ROOT = new URL("../../", import.meta.url);

/** A path in the checkout. */
export function inCheckout(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

/** What all else is compared with: the C server that decodes and acks (FTS_CAP), or our own that only splits and acks. */
export function reference(): Target {
  const cap = process.env.FTS_CAP;
  return cap ? ceiling(cap) : FLOOR;
}

/** Whether the goals, which are ratios to the C ceiling as the C load generator sees it, can be looked at. */
export function hasTools(): boolean {
  return Boolean(process.env.FTS_CAP && process.env.FTS_LOADGEN);
}

function ceiling(cap: string): Target {
  return {
    name: "ceiling",
    command: (port) => [cap, "-p", String(port)],
    isSingle: true,
    agrees: (output, sent) => {
      const totals: { total_events?: number; total_metric_sum?: number } = JSON.parse(output.at(-1) ?? "{}");
      return totals.total_events === sent.total_events && totals.total_metric_sum === sent.total_metric_sum;
    },
  };
}

const FLOOR: Target = {
  name: "floor",
  command: (port) => [process.execPath, fileURLToPath(new URL("floor.js", import.meta.url)), String(port)],
  isSingle: true,
  agrees: (output, sent) => {
    const totals: { frames?: number } = JSON.parse(output.at(-1) ?? "{}");
    return (totals.frames ?? 0) * sent.batch === sent.total_events;
  },
};

/**
 * The daemon as a user starts it, with a route directory of the bench: each of its pipelines must have seen everything.
 *
 * @param workers - `null`: as many as it has by default.
 */
export function daemon(
  routes: string,
  workers: number | null,
  pipelines: number,
  flags: readonly string[] = [],
): Target {
  return {
    name: `${routes}, ${workers ?? "default"} ${workers === 1 ? "worker" : "workers"}${flags.length > 0 ? ", recording" : ""}`,
    command: (port) => [...daemonCommand(inCheckout(`bench/routes/${routes}`), port, workers), ...flags],
    isSingle: workers === 0,
    agrees: (output, sent) => {
      const counts: readonly Counted[] = output.filter(isCount).map((line) => JSON.parse(line));
      const sums = new Map<string, { events: number; metricSum: number }>();
      for (const { counted, events, metricSum } of counts) {
        const sum = sums.get(counted) ?? { events: 0, metricSum: 0 };
        sums.set(counted, { events: sum.events + events, metricSum: sum.metricSum + metricSum });
      }
      const isAll = ({ events, metricSum }: Omit<Counted, "counted">): boolean =>
        events === sent.total_events && metricSum === sent.total_metric_sum;
      return sums.size === pipelines && [...sums.values()].every(isAll);
    },
  };
}

/** The command that `npm start` is, with options of its own. */
export function daemonCommand(routeDir: string, port: number, workers: number | null): readonly string[] {
  const flags = { "route-dir": routeDir, port, "http-port": "off", ...(workers !== null && { workers }) };
  const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return [process.execPath, inCheckout("dist/src/cli.js"), "start", ...words];
}

/** What a pipeline has seen, or its part in a worker. */
interface Counted {
  readonly counted: string;
  readonly events: number;
  readonly metricSum: number;
}

function isCount(line: string): boolean {
  return line.startsWith('{"counted":');
}
