import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against, type Row } from "../table.ts";

const SCRIPT = fileURLToPath(new URL("../state-cost.js", import.meta.url));
/** For 100,000 keys of `rate`. */
const MUST = { megabytes: 13, saveMs: 600, restoreMs: 1000 };

/** What `state-cost.ts` prints. */
interface Cost {
  readonly keys: number;
  readonly bytes: number;
  readonly saveMs: number;
  readonly readMs: number;
  readonly restoreMs: number;
}

/** The state of many keys as a value: how much, and how long it takes. */
export const state: Scenario = {
  name: "state",
  about: "the state of 100,000 keys of rate: bytes, CPU to save and to restore",
  async run({ rounds }) {
    const costs = Array.from({ length: rounds }, measure);
    const mid = (figure: (cost: Cost) => number): number => median(costs.map(figure));
    const [megabytes, saveMs] = [mid(({ bytes }) => bytes / 1e6), mid((cost) => cost.saveMs)];
    const restore = mid(({ readMs, restoreMs }) => readMs + restoreMs);
    const row = (what: string, value: number, must: number): Row => ({
      what,
      value: value.toFixed(1),
      ...against(value, { must }, false, String),
    });
    const rows = [
      row("MB", megabytes, MUST.megabytes),
      row("CPU ms to save", saveMs, MUST.saveMs),
      row("CPU ms to restore", restore, MUST.restoreMs),
    ];
    const title = `The state of ${costs[0]?.keys} keys of rate(5), medians of ${rounds} processes`;
    return { tables: [{ title, rows }], isExact: true };
  },
};

function measure(): Cost {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--max-semi-space-size=32", SCRIPT], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
