import { SystemClock } from "../core/clock.ts";
import type { SpreadField } from "../core/spread.ts";
import { readFlags, resolveOptions } from "../resolve-options.ts";
import { checkRoutes } from "../routes/check.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import { formatProblem } from "../routes/problem.ts";
import { placementsOf, spreadTogether } from "../routes/spread-together.ts";
import { printable } from "../text/printable.ts";

/** What the flags of `fast-ts check` say. */
export interface CheckFlags {
  /** Whether types are checked: `true` makes it an error when they cannot be, `undefined` does not. */
  readonly types: boolean | undefined;
  /** Whether a secret that is not there is an error. */
  readonly secrets: boolean;
  /** Those of `start` that routes are checked against. */
  readonly [flag: string]: unknown;
}

/**
 * `fast-ts check [DIR]`: every problem of the route files with its place, or one line when all is well.
 *
 * @throws FastTsError `FTS_OPTION` when a flag or a variable is wrong.
 */
export async function checkCommand(path: string, { types, secrets, ...flags }: CheckFlags): Promise<number> {
  const { host, port, udpPort, data, partitionKey } = resolveOptions(readFlags(flags), process.env);
  const udp = udpPort === false ? [] : [{ transport: "udp", host, port: udpPort }];
  const listening = [{ transport: "tcp", host, port }, ...udp];
  const options = { types: types !== false, secrets, listening, hasData: data !== false, partitionKey };
  const report = await checkRoutes(path, { clock: new SystemClock(), ...options });
  const { dir, files, pipelines, problems, isTypeChecked } = report;
  for (const problem of problems) console.log(formatProblem(problem, process.cwd()));
  if (files.length === 0)
    console.log(`warning: no route file in ${dir}: events would go nowhere; add a *.ts there, or run fast-ts init`);
  if (problems.every(({ severity }) => severity !== "error"))
    for (const line of [...placesOf(pipelines, partitionKey), ...forgetfulOf(pipelines)]) console.log(line);
  const errors = problems.filter(({ severity }) => severity === "error");
  const isOk = errors.length === 0 && (isTypeChecked || types !== true);
  const wrong = new Set(errors.map(({ file }) => file)).size; // of tests and `_*.ts`, too
  const checked = `${plural(pipelines.length, "pipeline")} in ${plural(files.length, "route file")}`;
  const result = errors.length > 0 ? `${plural(errors.length, "error")} in ${plural(wrong, "file")}` : checked;
  const why = types === false ? "" : ": TypeScript is not installed; npm install --save-dev typescript";
  console.log(`${result}${isOk ? ": ok" : ""}${isTypeChecked ? "" : `, types not checked${why}`}`);
  return isOk ? 0 : 1;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Where each pipeline runs when there are several workers, and why. */
function placesOf(pipelines: readonly DryRunPipeline[], partitionKey: SpreadField): readonly string[] {
  const placements = [
    ...placementsOf(
      spreadTogether(
        pipelines.filter(({ empty }) => !empty),
        2,
        partitionKey,
      ),
    ),
  ];
  const width = Math.min(MAX_NAME_CHARACTERS, Math.max(...placements.map(([name]) => printable(name).length)));
  return placements.map(([name, placement]) => `${printable(name).padEnd(width)}  ${printable(placement)}`);
}

/** What a restart makes forget its state, though it is saved with `--state`. */
function forgetfulOf(pipelines: readonly DryRunPipeline[]): readonly string[] {
  return pipelines.flatMap(({ name, forgetful }) =>
    forgetful.length === 0 ? [] : [`${printable(name)}: ${printable(forgetful.join(", "))} ${FORGETS}`],
  );
}

const FORGETS = "forgets its variables at a restart: keep them in context.state, or declare memory: 0 if it needs none";

/** Names beyond it are not lined up. */
const MAX_NAME_CHARACTERS = 40;
