import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { keepNames } from "../core/pipeline-edges.ts";
import { coerceError } from "../errors.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import { fromKept, type KeptAlert } from "../runtime/kept-alerts.ts";
import type { AlertsReport } from "../runtime/report.ts";
import { type Damage, logDamage } from "../state/damage.ts";
import { type FileLayer, NODE_FILES } from "../state/file-layer.ts";
import { KeyedStore } from "../state/keyed-store.ts";

/** How long alerts are kept that no pipeline looks after, since they were last heard or told of. */
const MAX_UNCLAIMED_SECONDS = 30 * 86_400;
const MAX_SHOWN_KEYS = 10;

export interface AlertStoreOptions {
  /** Where the process keeps what is to outlive it; null: nowhere. */
  readonly dataDir: string | null;
  /** The state of pipelines outlives it, in which open alerts are as well. */
  readonly keepsState: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: FileLayer;
}

/** The open alerts of all pipelines: over reloads and the ends of workers, and on disk over restarts. */
export class AlertStore {
  readonly #options: AlertStoreOptions;
  readonly #dir: string | null;
  #disk: KeyedStore | null = null;
  /** By pipeline, and in it by all that tells alerts apart. */
  readonly #pipelines = new Map<string, Map<string, KeptAlert>>();
  /** What the disk says. */
  #error: string | null = null;
  #unclaimed: AlertsReport["unclaimed"] = [];
  #isVolatileSaid = false;

  constructor(options: AlertStoreOptions) {
    this.#options = options;
    this.#dir = options.dataDir === null ? null : join(options.dataDir, "alerts");
  }

  get report(): AlertsReport {
    return { error: this.#error, unclaimed: this.#unclaimed };
  }

  /** Reads what was open when the last process ended. Without a disk that can be read it goes on in memory alone. */
  async open(): Promise<void> {
    if (this.#dir === null) return;
    const { log, clock, files = NODE_FILES } = this.#options;
    const dir = this.#dir;
    const onDamage = (damage: Damage): void => logDamage(log, "the open alerts", dir, damage);
    const onError = (thrown: unknown): void => {
      this.#error = thrown === null ? null : coerceError(thrown).message;
      if (this.#error === null) return log.info("open alerts are on disk again", { dir });
      const message = "open alerts are not on disk: they are kept in memory, tried again every 5 s";
      log.error(message, { dir, error: this.#error });
    };
    try {
      this.#disk = await KeyedStore.open({ dir, files, clock, onDamage, onError });
    } catch (thrown) {
      this.#error = coerceError(thrown).message;
      const until = "fast-ts starts again";
      return log.error("open alerts cannot be read: they are kept in memory alone", { dir, error: this.#error, until });
    }
    const found = [...this.#disk.values].map(([id, bytes]) => keptOf(id, bytes));
    for (const kept of found) this.#put(kept);
    const alerts = found.filter(({ isOver }) => !isOver).length;
    if (alerts > 0) log.info("open alerts were found on disk", { alerts });
  }

  /** What is open in these pipelines, and the last of what is over. */
  of(pipelines: readonly string[]): KeptAlert[] {
    return pipelines.flatMap((name) => [...(this.#pipelines.get(name)?.values() ?? [])]);
  }

  keep(changes: readonly KeptAlert[]): void {
    for (const change of changes) {
      if (change.isOver) this.#forget({ ...change, isOver: false });
      const { bytes } = change;
      this.#put(change);
      this.#disk?.set(idOf(change), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    }
  }

  /** These are all pipelines there are: says which alerts none of them looks after, and forgets those of long ago. */
  claim(pipelines: readonly DryRunPipeline[]): void {
    const claimed = new Set(
      pipelines.flatMap(({ name, edges }) => {
        const keepsAs = keepNames();
        return edges.flatMap((edge) => JSON.stringify([name, keepsAs(edge)]));
      }),
    );
    const found: AlertsReport["unclaimed"][number][] = [];
    for (const [pipeline, alerts] of this.#pipelines) {
      const left = [...alerts.values()].filter(({ stage }) => !claimed.has(JSON.stringify([pipeline, stage])));
      const keys = this.#keysOf(left);
      if (keys.length > 0) found.push({ pipeline, alerts: keys.length, keys: keys.slice(0, MAX_SHOWN_KEYS) });
    }
    const said = new Set(this.#unclaimed.map((one) => JSON.stringify(one)));
    this.#unclaimed = found;
    for (const one of found)
      if (!said.has(JSON.stringify(one)))
        this.#options.log.warn("open alerts are kept that no pipeline looks after any more", {
          ...one,
          hint: `close them where they were told, or name a pipeline ${JSON.stringify(one.pipeline)} again until they are over`,
        });
    this.#sayVolatile(pipelines);
  }

  /** Saves what is not on disk yet. */
  async close(): Promise<void> {
    await this.#disk?.close();
  }

  /** The keys of those that are not forgotten, by which the world knows them. */
  #keysOf(alerts: readonly KeptAlert[]): string[] {
    const now = this.#options.clock.now();
    return alerts.flatMap((kept) => {
      const alert = fromKept(kept)?.alert ?? null;
      if (alert !== null && now - Math.max(alert.seen, alert.toldAt) < MAX_UNCLAIMED_SECONDS)
        return kept.isOver ? [] : alert.key;
      this.#forget(kept);
      return [];
    });
  }

  #sayVolatile(pipelines: readonly DryRunPipeline[]): void {
    const alerting = pipelines.filter(({ edges }) => edges.some(({ keeps }) => keeps !== undefined));
    const isKept = this.#dir !== null || this.#options.keepsState;
    if (isKept || this.#isVolatileSaid || alerting.length === 0) return;
    this.#isVolatileSaid = true;
    this.#options.log.warn("a restart forgets which alerts are open: start with --data DIR (or FTS_DATA)", {
      pipelines: alerting.map(({ name }) => name),
    });
  }

  #put(kept: KeptAlert): void {
    const alerts = this.#pipelines.get(kept.pipeline) ?? new Map<string, KeptAlert>();
    alerts.set(idOf(kept), kept);
    this.#pipelines.set(kept.pipeline, alerts);
  }

  #forget(kept: KeptAlert): void {
    const id = idOf(kept);
    const alerts = this.#pipelines.get(kept.pipeline);
    alerts?.delete(id);
    if (alerts?.size === 0) this.#pipelines.delete(kept.pipeline);
    this.#disk?.set(id, null);
  }
}

/** Of what is over, the last change of the stage is kept. */
function idOf({ pipeline, stage, name, isOver }: KeptAlert): string {
  return JSON.stringify(isOver ? [pipeline, stage] : [pipeline, stage, name]);
}

function keptOf(id: string, bytes: Buffer): KeptAlert {
  const [pipeline = "", stage = "", name]: string[] = JSON.parse(id);
  return { pipeline, stage, name: name ?? "", isOver: name === undefined, bytes };
}
