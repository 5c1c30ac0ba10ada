import { type Event, event } from "../../src/core/event.ts";
import type { Pipeline } from "../../src/core/pipeline.ts";
import { type Edge, nowhere, type Outlet } from "../../src/core/stage.ts";
import type { PipelineReport } from "../../src/engine/report.ts";
import { Router } from "../../src/engine/router.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import { type ThreadRig, threadRig } from "./rig.ts";

/** Several pipelines in one thread, joined by their channels, in virtual time. */
export interface Joined extends ThreadRig {
  readonly router: Router;
  supervisor(name: string): Supervisor;
  /** The metrics of what left the last stage of a pipeline. */
  out(name: string): (number | null)[];
  offer(...metrics: number[]): void;
  report(name: string): PipelineReport;
}

/** @param outlet - Where the pipelines send to; channels, when it is left out. */
export function joined(
  pipelines: readonly Pipeline[],
  outlet?: (edge: Edge) => Outlet,
  router: Router = new Router(),
): Joined {
  const on = threadRig(outlet ?? (({ kind, name }) => (kind === "publish" ? router.channels.outlet(name) : nowhere)));
  const all = pipelines.map((pipeline) => {
    const out: (number | null)[] = [];
    const supervisor = new Supervisor(pipeline, on.thread);
    supervisor.output = (value) => out.push((value as Event).metric);
    supervisor.start();
    return { name: pipeline.name, out, supervisor };
  });
  router.replace(all.map(({ supervisor }) => supervisor));
  const named = (name: string): (typeof all)[number] => {
    const found = all.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no pipeline ${name}`);
    return found;
  };
  return {
    ...on,
    router,
    supervisor: (name) => named(name).supervisor,
    out: (name) => named(name).out,
    offer: (...metrics) =>
      router.offer(
        metrics.map((metric) => event({ metric, time: on.clock.now() })),
        0,
      ),
    report: (name) => named(name).supervisor.report(),
  };
}
