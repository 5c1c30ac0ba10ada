import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";
import { GATHERING, SAMPLES } from "../stage-samples.ts";
import { against, type Row } from "../table.ts";

const NUMBER_BYTES = 16;
/** What a new event takes: 13 words, and a number of its own for metric, time and ttl each. */
const EVENT_BYTES = 13 * 8 + 3 * NUMBER_BYTES;

/** What one stage costs; what `stage-cost.ts` and `stage-heap.ts` print. */
interface Cost {
  readonly ns: number;
  readonly allocated: number;
  readonly made: number;
  readonly held: number;
}

/** Each stage alone, through the real engine. */
export const stages: Scenario = {
  name: "stages",
  about: "each stage alone: ns and bytes per event, bytes per key",
  async run() {
    const costs = Object.keys(SAMPLES).map((name): readonly [string, Cost] => [name, cost(name)]);
    const [[, one] = ["", null], [chain, many] = ["", null]] = costs;
    const further = ((many?.ns ?? 0) - (one?.ns ?? 0)) / (Number.parseInt(chain, 10) - 1);
    const marginal: Row = {
      stage: "each further stage",
      "ns per event": further.toFixed(1),
      ...against(further, { must: 20, aim: 12 }, false, String),
    };
    const rows = costs.map(([name, { ns, allocated, made, held }]): Row => {
      const row = {
        stage: name,
        "ns per event": ns.toFixed(1),
        "bytes per event": allocated.toFixed(0),
        "new events": made.toFixed(2),
        "bytes per key": held.toFixed(0),
      };
      // Nothing but the events it makes, and two numbers: what the clock says, and what it remembers.
      const must = Math.ceil(made * EVENT_BYTES) + 2 * NUMBER_BYTES;
      return GATHERING.has(name) ? row : { ...row, ...against(allocated, { must }, false, String) };
    });
    rows.splice(2, 0, marginal);
    return { tables: [{ title: "Each stage alone; ns with its pipeline, bytes without", rows }], isExact: true };
  },
};

function cost(name: string): Cost {
  const ns = Number(run("stage-cost", name, "--max-semi-space-size=32"));
  // A young generation in which nothing is collected while it is measured.
  const heap = run("stage-heap", name, "--min-semi-space-size=128", "--max-semi-space-size=128");
  return { ns, ...JSON.parse(heap) };
}

function run(script: string, name: string, ...flags: readonly string[]): string {
  const path = fileURLToPath(new URL(`../${script}.js`, import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, path, name], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return stdout;
}
