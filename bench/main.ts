import { parseArgs } from "node:util";
import type { Scenario, Settings } from "./scenario.ts";
import { bricks } from "./scenarios/bricks.ts";
import { bursts } from "./scenarios/bursts.ts";
import { cores } from "./scenarios/cores.ts";

import { decoder } from "./scenarios/decoder.ts";
import { fairness } from "./scenarios/fairness.ts";
import { heavy } from "./scenarios/heavy.ts";
import { idle } from "./scenarios/idle.ts";
import { journal } from "./scenarios/journal.ts";
import { memory } from "./scenarios/memory.ts";
import { openLoop } from "./scenarios/open-loop.ts";
import { recording } from "./scenarios/recording.ts";
import { reload, startUp } from "./scenarios/routes.ts";
import { rss } from "./scenarios/rss.ts";
import { sinks } from "./scenarios/sinks.ts";
import { snapshots } from "./scenarios/snapshots.ts";
import { spill } from "./scenarios/spill.ts";
import { stages } from "./scenarios/stages.ts";
import { state } from "./scenarios/state.ts";
import { throughput, throughputParts } from "./scenarios/throughput.ts";
import { printTable } from "./table.ts";
import { hasTools } from "./target.ts";

const SCENARIOS: readonly Scenario[] = [
  throughput,
  ...throughputParts,
  cores,
  heavy,
  fairness,
  openLoop,
  bursts,
  rss,
  memory,
  recording,
  idle,
  startUp,
  reload,
  decoder,
  bricks,
  sinks,
  spill,
  stages,
  state,
  snapshots,
  journal,
];
const USAGE = `Usage: npm run bench -- [NAME…] [--rounds N] [--batch N…] [--seconds N] [--quick] [--list]

  --rounds N   measure each thing N times, take the median (5)
  --batch N    events a message, may be given many times (1, 10, 100, 1000)
  --seconds N  how long the memory of a saturated daemon is watched (20)
  --quick      2 rounds, 5 seconds: for a look, not for a claim
  --list       say what there is

With FTS_LOADGEN and FTS_CAP, paths of the built C tools, figures are set against the C ceiling and the project's goals;
else a load generator and a floor of our own are used. A column "reached" says aim, must or MISSED. Nothing fails for
being slow: the exit code is 1 when a run lost or doubled an event.`;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return await run();
  } catch (thrown) {
    console.error(`bench: ${thrown instanceof Error ? thrown.message : thrown}`);
    return 2;
  }
}

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      batch: { type: "string", multiple: true, default: ["1", "10", "100", "1000"] },
      seconds: { type: "string" },
      quick: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || values.list) {
    console.log(values.help ? USAGE : SCENARIOS.map(({ name, about }) => `${name.padEnd(14)}${about}`).join("\n"));
    return 0;
  }
  const unknown = positionals.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(", ")}: --list says what there is`);
  const settings: Settings = {
    rounds: positive("--rounds", values.rounds ?? (values.quick ? "2" : "5")),
    batches: values.batch.map((text) => positive("--batch", text)),
    rssSeconds: positive("--seconds", values.seconds ?? (values.quick ? "5" : "20")),
    isQuick: values.quick,
  };
  const chosen = SCENARIOS.filter(({ name, isPart }) =>
    positionals.length > 0 ? positionals.includes(name) : !isPart,
  );
  if (!hasTools())
    console.log("no FTS_LOADGEN and FTS_CAP: ratios are to our own floor, the goals do not apply to them");
  let isExact = true;
  for (const scenario of chosen) {
    const outcome = await scenario.run(settings);
    for (const { title, rows } of outcome.tables) printTable(title, rows);
    isExact &&= outcome.isExact;
  }
  if (!isExact) console.error("\nbench: a run was WRONG: its server did not see exactly what was sent");
  return isExact ? 0 : 1;
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`${option}: must be a whole number >= 1, got ${JSON.stringify(text)}`);
}
