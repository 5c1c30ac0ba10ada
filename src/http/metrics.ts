import { Registry, Summary } from "prom-client";
import { type Cancel, heartbeat, monotonic } from "../core/clock.ts";
import { bucketLines, headOf, lineOf } from "./exposition.ts";
import { METRICS, type MetricSources } from "./metric-table.ts";
import type { PageWriter } from "./page-writer.ts";
import type { Slices } from "./slices.ts";
import { TARGET_HISTOGRAMS, TARGET_METRICS } from "./target-metrics.ts";
import type { DaemonView } from "./view.ts";

/** The media type of the exposition format. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** How often it is looked how late the timers of the main thread are. */
const LOOK_SECONDS = 0.02;
/** How long such a look counts. */
const WINDOW_SECONDS = 60;

/** All metrics, from the start to the stop of the daemon; watches the event loop. */
export class Metrics {
  readonly #view: DaemonView;
  /** What is measured here; all else is read from the view. */
  readonly #registry = new Registry();
  readonly #cancelLooks: Cancel;

  constructor(view: DaemonView) {
    this.#view = view;
    this.#cancelLooks = watchLoop(this.#registry);
  }

  stop(): void {
    this.#cancelLooks();
  }

  /** Writes all of them; what was read once belongs together. */
  async write(page: PageWriter): Promise<void> {
    const sources = await read(this.#view, page.slices);
    for (const metric of [...METRICS, ...TARGET_METRICS]) {
      await page.write(headOf(metric));
      for (const sample of metric.read(sources)) {
        const rest = page.write(lineOf(metric, sample));
        if (rest !== null) await rest; // a promise for each of 100,000 lines would cost more than the lines
      }
    }
    for (const histogram of TARGET_HISTOGRAMS) {
      await page.write(headOf(histogram));
      for (const report of sources.targets)
        await page.write(bucketLines(histogram.name, report.target, histogram.read(report)));
    }
    await page.write(await this.#registry.metrics());
  }
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
    targets: view.targets(),
    mistimed: view.mistimed(),
    state: view.state(),
    journal: view.journal(),
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
