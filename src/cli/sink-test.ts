import { hostname } from "node:os";
import { SystemClock } from "../core/clock.ts";
import { type Event, event } from "../core/event.ts";
import type { Pipeline } from "../core/pipeline.ts";
import type { Edge, Stage } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import { compileRoutes } from "../routes/compile.ts";
import { dryRunRoutes } from "../routes/dry-run.ts";
import { failOn, loadRoutes } from "../testing/load-routes.ts";
import { trySink } from "../testing/sink-trial.ts";
import { checkSinkName } from "./known-sinks.ts";

/** A sink and where it stands. */
interface PlacedSink {
  readonly pipeline: Pipeline;
  readonly stage: Stage<never, unknown>;
  readonly edge: Edge;
}

/**
 * `fast-ts sink-test [DIR] --sink NAME`: sends a sample event to each real target of the sinks of that name, and prints the
 * answers. Returns 1 when one does not have it.
 *
 * @throws FastTsError `FTS_OPTION` when the routes have no such sink, `FTS_ROUTES` when they would not load.
 */
export async function sinkTestCommand(path: string, names: readonly string[], timeoutFlag: string): Promise<number> {
  const timeout = Number(timeoutFlag);
  if (!(timeout > 0 && timeout <= 3600))
    throw new FastTsError(
      "FTS_OPTION",
      `--timeout: must be seconds, > 0 and <= 3600, got ${JSON.stringify(timeoutFlag)}`,
    );
  const clock = new SystemClock();
  const { dir, files, problems } = await compileRoutes(path);
  failOn([...problems, ...(await dryRunRoutes(files, { clock })).problems]);
  const evaluated = loadRoutes([dir], dir);
  const sinks = evaluated.flatMap(({ pipelines }) => pipelines.flatMap(({ pipeline }) => sinksOf(pipeline)));
  const known = [...new Set(sinks.map(({ edge }) => edge.name))];
  for (const name of names) checkSinkName(name, known);
  const sample = sampleAt(clock.now());
  let code = 0;
  for (const [sink, ...more] of byTarget(sinks.filter(({ edge }) => names.includes(edge.name)))) {
    if (sink === undefined) continue;
    const where = placeOf([sink, ...more]);
    if (sink.edge.isFetched === true) {
      console.log(`${where}, ${sink.edge.name}: nothing is sent, it is fetched from the daemon`);
      continue;
    }
    const { isDelivered, target, seconds, said } = await trySink(sink, sample, timeout);
    const outcome = `${isDelivered ? "delivered" : "not delivered"} in ${seconds.toFixed(3)} s`;
    console.log(`${where}, ${target}: ${outcome}`);
    for (const text of said) console.log(`  ${text}`);
    if (!isDelivered) code = 1;
  }
  for (const { forget } of evaluated) forget();
  clock.stop();
  return code;
}

function sinksOf(pipeline: Pipeline): PlacedSink[] {
  const inside = (stages: readonly Stage<never, unknown>[]): PlacedSink[] =>
    stages.flatMap((stage) => [
      ...(stage.edge?.kind === "sink" ? [{ pipeline, stage, edge: stage.edge }] : []),
      ...Object.values(stage.branches).flatMap(inside),
    ]);
  return inside([...pipeline.stages, ...(pipeline.options.onCrash ?? [])]);
}

/** The sinks that send to one target together; each without a name for it alone. */
function byTarget(sinks: readonly PlacedSink[]): readonly (readonly PlacedSink[])[] {
  const groups = new Map<unknown, PlacedSink[]>();
  for (const sink of sinks) {
    const { target, queue, isFetched, name } = sink.edge;
    const id = target?.id ?? queue ?? (isFetched === true ? name : sink);
    groups.set(id, [...(groups.get(id) ?? []), sink]);
  }
  return [...groups.values()];
}

/** `pipeline "disks"`, `pipelines "disks", "load"`. */
function placeOf(sinks: readonly PlacedSink[]): string {
  const names = [...new Set(sinks.map(({ pipeline }) => JSON.stringify(pipeline.name)))];
  return `${names.length === 1 ? "pipeline" : "pipelines"} ${names.join(", ")}`;
}

/** An event that wakes nobody. */
function sampleAt(time: number): Event {
  return event({
    host: hostname(),
    service: "fast-ts sink-test",
    state: "ok",
    metric: 1,
    time,
    ttl: 60,
    tags: ["fast-ts"],
    description: "a sample: fast-ts sink-test sent it",
  });
}
