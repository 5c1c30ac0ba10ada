import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Problem } from "./problem.ts";

/** The rules over all channels: each has both ends, and no event comes back to a pipeline that published it. */
export function checkChannels(pipelines: readonly DryRunPipeline[]): readonly Problem[] {
  const read = new Set(pipelines.flatMap((pipeline) => subscribedTo(pipeline)));
  const written = new Set(pipelines.flatMap((pipeline) => publishedBy(pipeline)));
  const problems = pipelines.flatMap((pipeline) => [
    ...publishedBy(pipeline)
      .filter((channel) => !read.has(channel))
      .map((channel) => doubt(pipeline, `publishes to channel ${quoted(channel)}, to which no pipeline subscribes`)),
    ...subscribedTo(pipeline)
      .filter((channel) => !written.has(channel))
      .map((channel) => doubt(pipeline, `subscribes to channel ${quoted(channel)}, to which no pipeline publishes`)),
  ]);
  const circle = findCircle(pipelines);
  return circle === null ? problems : [...problems, circle];
}

/** The channels that a pipeline publishes to, each once. */
export function publishedBy({ edges }: Pick<DryRunPipeline, "edges">): readonly string[] {
  return [...new Set(edges.filter(({ kind }) => kind === "publish").map(({ name }) => name))];
}

/** The channel that a pipeline gets its events from, or none. */
export function subscribedTo({ edges }: Pick<DryRunPipeline, "edges">): readonly string[] {
  return edges.filter(({ kind }) => kind === "subscribe").map(({ name }) => name);
}

/** The first way found from a pipeline over channels back to itself. */
function findCircle(pipelines: readonly DryRunPipeline[]): Problem | null {
  const isDone = new Set<DryRunPipeline>();
  const visit = (pipeline: DryRunPipeline, way: readonly Step[]): Problem | null => {
    const from = way.findIndex((step) => step.pipeline === pipeline);
    if (from >= 0) return inCircle(way.slice(from));
    if (isDone.has(pipeline)) return null;
    for (const channel of publishedBy(pipeline))
      for (const next of pipelines.filter((one) => subscribedTo(one).includes(channel))) {
        const found = visit(next, [...way, { pipeline, channel }]);
        if (found !== null) return found;
      }
    isDone.add(pipeline);
    return null;
  };
  for (const pipeline of pipelines) {
    const found = visit(pipeline, []);
    if (found !== null) return found;
  }
  return null;
}

/** A pipeline and the channel by which the circle goes on. */
interface Step {
  readonly pipeline: DryRunPipeline;
  readonly channel: string;
}

function inCircle(steps: readonly Step[]): Problem | null {
  const first = steps[0]?.pipeline;
  if (first === undefined) return null;
  const way = steps.map(({ pipeline, channel }) => `pipeline ${quoted(pipeline.name)} → channel ${quoted(channel)} → `);
  const message =
    `events would go round for ever: ${way.join("")}pipeline ${quoted(first.name)}; ` +
    "take one of these publish() out, or use reinject(), which counts the rounds";
  return { ...placeOf(first), message, severity: "error" };
}

function doubt(pipeline: DryRunPipeline, message: string): Problem {
  return { ...placeOf(pipeline), message: `pipeline ${quoted(pipeline.name)} ${message}`, severity: "warning" };
}

function placeOf({ file, line, column, source }: DryRunPipeline): Pick<Problem, "file" | "line" | "column" | "source"> {
  return { file, line, column, source };
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
