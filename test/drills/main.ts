import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Every drill is a file of this folder: a test that repeats something many times, and says what it counted. */
const DIR = fileURLToPath(new URL(".", import.meta.url));
const NAMES = readdirSync(DIR)
  .filter((name) => name.endsWith(".drill.js"))
  .map((name) => name.replace(".drill.js", ""));
const USAGE = `Usage: npm run drill -- [NAME…] [--times N] [--seed N] [--sink NAME,…] [--seconds N]

Repeats something many times: ${NAMES.join(", ")}; without a name all of them.
  --times N   how often (as often as takes 20 s)
  --seed N    of what is random (another one each time; it is said)
  --sink A,B  sink-outages: these sinks (two, in turn)
  --seconds N sink-outages: how long a target is away (1; all of it, of all sinks: 20)
              journal-spread: from the end of one worker to the next (2; whole: 15, with --times 12)

Exits with 1 at the first difference.`;

process.exitCode = main();

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ times: { type: "string" }, seed: { type: "string" }, seconds: { type: "string" }, sink: { type: "string" } },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.filter((name) => !NAMES.includes(name));
  const numbers = [values.times, values.seed, values.seconds].filter((text) => text !== undefined);
  if (values.help || unknown.length > 0 || numbers.some((text) => !/^[1-9]\d*$/.test(text))) {
    if (unknown.length > 0) console.error(`drill: there is no ${unknown.join(", ")}`);
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const { times = "", seed = "", sink = "", seconds = "" } = values;
  const drilled = { FTS_DRILL_TIMES: times, FTS_DRILL_SEED: seed, FTS_DRILL_SINK: sink, FTS_DRILL_SECONDS: seconds };
  const env = { ...process.env, ...drilled };
  const files = (positionals.length > 0 ? positionals : NAMES).map((name) => `${DIR}${name}.drill.js`);
  const args = ["--test", "--test-reporter=spec", "--test-concurrency=1", ...files];
  return spawnSync(process.execPath, args, { env, stdio: "inherit" }).status ?? 1;
}
