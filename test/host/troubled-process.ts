import { type Log, logTo } from "../../src/core/log.ts";
import type { DropReason, Edge } from "../../src/core/stage.ts";
import type { TargetNews } from "../../src/core/target-port.ts";
import { newTargetCounts, reportOf, type TargetReport } from "../../src/delivery/report.ts";
import { TroubleStore } from "../../src/host/trouble-store.ts";
import type { DryRunPipeline } from "../../src/routes/dry-run-report.ts";
import { StepClock } from "../core/step-clock.ts";
import { declared } from "../routes/declared.ts";
import { MemoryFiles } from "../state/memory-files.ts";

export const DAY = 86_400;
export const DELIVERY = "fast-ts delivery";
export const LOST = "fast-ts alert lost";

const NAMING_A = [piped("p", { target: { id: "id a", label: "a", shape: "" } })];

/** A pipeline of one sink. */
export function piped(name: string, edge: Partial<Edge>): DryRunPipeline {
  return declared(name, { edges: [{ kind: "sink", name: "webhook", ...edge }] });
}

interface Start {
  readonly files?: MemoryFiles;
  readonly dataDir?: string | null;
  readonly now?: number;
  readonly routes?: readonly DryRunPipeline[] | null;
}

/** A process, with its host. */
export class Process {
  readonly clock: StepClock;
  readonly files: MemoryFiles;
  readonly lines: string[] = [];
  readonly told: string[] = [];
  readonly store: TroubleStore;
  targets: TargetReport[] = [];
  /** What becomes of what is told. */
  fate: DropReason | null = null;

  private constructor(files: MemoryFiles, dataDir: string | null, now: number) {
    this.files = files;
    this.clock = new StepClock(now);
    const log: Log = logTo((level, message, { target }) => void this.lines.push(`${level} ${message}: ${target}`));
    const tell = async ({ state, service, description }: TargetNews): Promise<DropReason | null> => {
      if (this.fate === null) this.told.push(`${state} ${service}: ${description}`);
      return this.fate;
    };
    const host = { tell, targets: () => this.targets };
    this.store = new TroubleStore({ dataDir, clock: this.clock, log, files, host: () => host });
  }

  /** Its routes name the target `a`, or are not there yet. */
  static async start({ files = new MemoryFiles(), dataDir = "/data", now = 100 * DAY, routes = NAMING_A }: Start = {}) {
    const one = new Process(files, dataDir, now);
    await one.store.open();
    if (routes !== null) one.store.claim(routes);
    return one;
  }

  /** Ends it as `kill -9` does, so many seconds after the last change, and starts the next one. */
  async kill(seconds: number): Promise<Process> {
    await this.pass(seconds);
    this.files.kill();
    return Process.start({ files: this.files, now: this.clock.now() });
  }

  /** Stops it and starts the next one, so many seconds later. */
  async restart(seconds = 5, routes: Start["routes"] = NAMING_A): Promise<Process> {
    await this.store.close();
    return Process.start({ files: this.files, now: this.clock.now() + seconds, routes });
  }

  hear(teller: object, state: TargetNews["state"], service: TargetNews["service"] = DELIVERY, target = "a"): void {
    this.store.hear({ service, target, state, description: `${target} by a thread`, attributes: {} }, teller);
  }

  /** The target last took something so many seconds ago. */
  took(ago: number | null, circuit: "open" | "closed" = "closed", target = "a"): void {
    const counts = { ...newTargetCounts(), lastSuccess: ago === null ? null : this.clock.now() - ago };
    this.targets = [reportOf(counts, { target, pending: 2, spilled: 1, oldest: null, circuit })];
  }

  async pass(seconds: number): Promise<void> {
    const end = this.clock.elapsed() + seconds;
    do for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    while (this.clock.runNext(end));
  }
}
