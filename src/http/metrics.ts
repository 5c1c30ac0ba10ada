import { Counter, Gauge, Registry, Summary } from "prom-client";
import { type Cancel, heartbeat, monotonic } from "../core/clock.ts";
import { METRICS, type Metric, type MetricSources, type Sample } from "./metric-table.ts";
import type { Slices } from "./slices.ts";
import type { DaemonView } from "./view.ts";

/** The media type of the exposition format. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** How often it is looked how late the timers of the main thread are. */
const LOOK_SECONDS = 0.02;
/** How long such a look counts. */
const WINDOW_SECONDS = 60;

/** The registry of all metrics, from the start to the stop of the daemon; watches the event loop. */
export class Metrics {
  readonly #view: DaemonView;
  readonly #registry = new Registry();
  readonly #cancelLooks: Cancel;
  #sources: MetricSources | null = null;
  #slices: Slices | null = null;

  constructor(view: DaemonView) {
    this.#view = view;
    for (const metric of METRICS) this.#register(metric);
    this.#cancelLooks = watchLoop(this.#registry);
  }

  stop(): void {
    this.#cancelLooks();
  }

  /** One at a time: what was read once belongs together. */
  async exposition(slices: Slices): Promise<string> {
    this.#slices = slices;
    this.#sources = await read(this.#view, slices);
    const parts: string[] = [];
    for (const { name } of this.#registry.getMetricsAsArray()) {
      parts.push(await this.#registry.getSingleMetricAsString(name));
      await slices.rest();
    }
    this.#sources = null;
    return `${parts.join("\n\n")}\n`;
  }

  #register({ kind, name, help, labels, read }: Metric): void {
    const registers = [this.#registry];
    const all = { name, help, labelNames: labels, registers };
    const collect = (reset: () => void, set: (labels: Record<string, string>, value: number) => void) => async () => {
      reset();
      if (this.#sources === null) return;
      for (const sample of read(this.#sources)) {
        set(labelled(labels, sample), sample[0]);
        const rest = this.#slices?.rest();
        if (rest) await rest;
      }
    };
    if (kind === "gauge") {
      const gauge = new Gauge({
        ...all,
        collect: collect(
          () => clear(gauge),
          (of, value) => gauge.set(of, value),
        ),
      });
    } else {
      const counter = new Counter({
        ...all,
        collect: collect(
          () => clear(counter),
          (of, value) => counter.inc(of, value),
        ),
      });
    }
  }
}

/** What is no more leaves no series behind, and what has no labels is not there before it has a value. */
function clear(metric: Counter | Gauge): void {
  metric.reset();
  metric.remove({});
}

function labelled(labels: readonly string[], [, ...values]: Sample): Record<string, string> {
  const of: Record<string, string> = {};
  for (const [at, label] of labels.entries()) of[label] = values[at] ?? "";
  return of;
}

async function read(view: DaemonView, slices: Slices): Promise<MetricSources> {
  const pipelines: MetricSources["pipelines"][number][] = [];
  for (const report of view.reports()) {
    pipelines.push(report);
    await slices.rest();
  }
  return {
    transport: view.transport(),
    doors: view.doors(),
    recording: view.recording(),
    pipelines,
    reloads: view.reloads(),
    readiness: view.readiness(),
    workers: view.workers(),
    mistimed: view.mistimed(),
    cpu: process.cpuUsage(),
    memory: process.memoryUsage(),
  };
}

function watchLoop(registry: Registry): Cancel {
  const delay = new Summary({
    name: "fast_ts_event_loop_delay_seconds",
    help: "How late the main thread's timers were in the last minute.",
    percentiles: [0.5, 0.99, 1],
    maxAgeSeconds: WINDOW_SECONDS,
    ageBuckets: 6,
    registers: [registry],
  });
  let due = monotonic() + LOOK_SECONDS;
  return heartbeat(LOOK_SECONDS, () => {
    const now = monotonic();
    delay.observe(Math.max(0, now - due));
    due = now + LOOK_SECONDS;
  });
}
