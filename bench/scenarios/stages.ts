import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";
import { SAMPLES } from "../stage-samples.ts";
import { against, type Row } from "../table.ts";

const SCRIPT = fileURLToPath(new URL("../stage-cost.js", import.meta.url));

/** Each stage alone, through the real engine. */
export const stages: Scenario = {
  name: "stages",
  about: "each stage alone: ns per event",
  async run() {
    const costs = Object.keys(SAMPLES).map((name): readonly [string, number] => [name, cost(name)]);
    const [[, one = 0] = [], [chain = "", many = 0] = []] = costs;
    const further = (many - one) / (Number.parseInt(chain, 10) - 1);
    const marginal: Row = {
      stage: "each further stage",
      "ns per event": further.toFixed(1),
      ...against(further, { must: 20, aim: 12 }, false, String),
    };
    const rows = costs.map(([name, ns]): Row => ({ stage: name, "ns per event": ns.toFixed(1) }));
    rows.splice(2, 0, marginal);
    return { tables: [{ title: "Each stage alone, its pipeline included", rows }], isExact: true };
  },
};

function cost(name: string): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--max-semi-space-size=32", SCRIPT, name], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return Number(stdout);
}
