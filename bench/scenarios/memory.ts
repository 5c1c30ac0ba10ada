import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";
import { against, type Row } from "../table.ts";

const SCRIPT = fileURLToPath(new URL("../heap-cost.js", import.meta.url));

/** What one event costs that somebody holds, and one key of a `by`. */
export const memory: Scenario = {
  name: "memory",
  about: "bytes of a held event, and of a series in by",
  async run() {
    const [one, two] = [bytes("by-1"), bytes("by-2")];
    const further = two - one;
    const row = (what: string, cost: number, must?: number): Row => ({
      what,
      bytes: cost.toFixed(0),
      ...(must === undefined ? {} : against(cost, { must }, false, String)),
    });
    const rows = [
      row("a held event", bytes("event"), 200),
      row("a series in by, without its stages", one - further, 250),
      row("a stage in it that holds nothing", further),
      row("a series in two nested by of [rate, percentiles, changed]", bytes("chain"), 4000),
      row("… with all three side by side, percentiles exact", bytes("exact"), 6000),
      row("… with all three side by side, percentiles as a histogram", bytes("histogram"), 6000),
    ];
    return { tables: [{ title: "Bytes of heap, 500,000 events and 100,000 series", rows }], isExact: true };
  },
};

function bytes(what: string): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, [SCRIPT, what], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${what}: ${stderr}`);
  return Number(stdout);
}
