import type { Cancel } from "../core/clock.ts";
import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { openMemory, type WriterMemory } from "../delivery/writer-memory.ts";
import { coerceError } from "../errors.ts";
import { type AlertmanagerAlert, LIFE_SECONDS, shown } from "./alertmanager-alert.ts";
import { type PostConfig, Poster } from "./post.ts";

const RENEW_SECONDS = 60;
/** What nobody speaks of any more, as its pipeline is gone, is renewed for this long. */
const MAX_RENEWED_SECONDS = 86_400;
const MAX_REQUEST_ALERTS = 500;

interface Firing {
  readonly alert: AlertmanagerAlert;
  /** Unix seconds. */
  readonly heardAt: number;
}

export function open(config: PostConfig, scope: TargetScope): TargetWriter<readonly AlertmanagerAlert[]> {
  return new AlertmanagerWriter(config, scope);
}

/** Tells Alertmanager of what is new, and each minute again of what fires. */
class AlertmanagerWriter implements TargetWriter<readonly AlertmanagerAlert[]> {
  readonly #url: string;
  readonly #scope: TargetScope;
  readonly #poster: Poster;
  /** By the key of the alert. */
  readonly #firing: Promise<WriterMemory<Firing>>;
  readonly #cancel: Cancel;
  readonly #closed = new AbortController();
  #isRenewing = false;

  constructor(config: PostConfig, scope: TargetScope) {
    this.#url = config.url;
    this.#scope = scope;
    this.#poster = new Poster(config, scope.clock);
    this.#firing = openMemory(scope, config.label, config.url);
    this.#cancel = scope.clock.every(RENEW_SECONDS, () => void this.#renew());
  }

  async write(items: readonly (readonly AlertmanagerAlert[])[], signal: AbortSignal): Promise<void> {
    // What fires when all of them have come; `null`: it is over.
    const all = await this.#firing;
    const next = new Map<string, Firing | null>();
    const told = items.flat().flatMap((alert) => {
      const old = next.get(alert.key) ?? (next.has(alert.key) ? null : (all.get(alert.key) ?? null));
      const now = this.#scope.clock.now();
      const since = Math.min(alert.since, old?.alert.since ?? now, now);
      if (alert.isOver) {
        next.set(alert.key, null);
        return [shown({ ...alert, labels: old?.alert.labels ?? alert.labels, since }, now)];
      }
      const firing = { alert: { ...alert, since }, heardAt: now };
      next.set(alert.key, firing);
      const isOther = old !== null && !sameLabels(old.alert.labels, alert.labels);
      return [...(isOther ? [shown(old.alert, now)] : []), shown(firing.alert, now + LIFE_SECONDS)];
    });
    await this.#post(told, signal);
    for (const [key, firing] of next) {
      if (firing === null) all.delete(key);
      else all.set(key, firing);
    }
  }

  close(): void {
    this.#cancel();
    this.#closed.abort();
    this.#poster.close();
  }

  async #renew(): Promise<void> {
    const { clock, log } = this.#scope;
    const firing = await this.#firing;
    const now = clock.now();
    for (const [key, { heardAt }] of [...firing]) if (now - heardAt > MAX_RENEWED_SECONDS) firing.delete(key);
    if (firing.size === 0 || this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      await this.#post(
        [...firing].map(([, { alert }]) => shown(alert, now + LIFE_SECONDS)),
        this.#closed.signal,
      );
    } catch (thrown) {
      if (!this.#closed.signal.aborted)
        log.warn("alerts are not renewed, the next try is in a minute", { error: coerceError(thrown).message });
    } finally {
      this.#isRenewing = false;
    }
  }

  async #post(alerts: readonly unknown[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < alerts.length; from += MAX_REQUEST_ALERTS) {
      const body = JSON.stringify(alerts.slice(from, from + MAX_REQUEST_ALERTS));
      await this.#poster.post({ url: this.#url, body }, signal);
    }
  }
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
