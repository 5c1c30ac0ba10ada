import type { Cancel } from "../core/clock.ts";
import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { Episode } from "../core/trouble-episode.ts";
import { openMemory } from "../delivery/writer-memory.ts";
import { coerceError } from "../errors.ts";
import { type AlertmanagerAlert, LIFE_SECONDS, shown } from "./alertmanager-alert.ts";
import { type Firing, FiringAlerts, MAX_FIRING_ALERTS } from "./firing-alerts.ts";
import { type PostConfig, Poster } from "./post.ts";

const RENEW_SECONDS = 60;
/** Then a renewal is given up. */
const RENEW_TIMEOUT_SECONDS = 30;
/** What nobody speaks of any more, as its pipeline is gone, is renewed for this long. */
const MAX_RENEWED_SECONDS = 86_400;
const MAX_REQUEST_ALERTS = 500;

export function open(config: PostConfig, scope: TargetScope): TargetWriter<readonly AlertmanagerAlert[]> {
  return new AlertmanagerWriter(config, scope);
}

const TOO_MANY =
  "too many alerts fire: those heard of longest ago are not renewed, Alertmanager takes them for resolved";

/** Tells Alertmanager of what is new, and each minute again of what fires. */
class AlertmanagerWriter implements TargetWriter<readonly AlertmanagerAlert[]> {
  readonly #url: string;
  readonly #scope: TargetScope;
  readonly #poster: Poster;
  readonly #firing: Promise<FiringAlerts>;
  readonly #tooMany = new Episode();
  readonly #cancel: Cancel;
  /** One request after the other: a renewal that comes after the end of an alert would have it fire again. */
  #requests: Promise<unknown> = Promise.resolve();
  #renewal: AbortController | null = null;
  #isClosed = false;

  constructor(config: PostConfig, scope: TargetScope) {
    this.#url = config.url;
    this.#scope = scope;
    this.#poster = new Poster(config, scope.clock);
    this.#firing = openMemory<Firing>(scope, config.label, config.url).then(
      (memory) => new FiringAlerts(memory, scope.clock),
    );
    this.#cancel = scope.clock.every(RENEW_SECONDS, () => void this.#renew());
  }

  write(items: readonly (readonly AlertmanagerAlert[])[], signal: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#tell(items.flat(), signal));
  }

  async #tell(alerts: readonly AlertmanagerAlert[], signal: AbortSignal): Promise<void> {
    // What fires when all of them have come; `null`: it is over.
    const all = await this.#firing;
    const next = new Map<string, Firing | null>();
    const told = alerts.flatMap((alert) => {
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
    for (let from = 0; from < told.length; from += MAX_REQUEST_ALERTS)
      await this.#post(told.slice(from, from + MAX_REQUEST_ALERTS), signal);
    let forgotten = 0;
    for (const [key, firing] of next) {
      if (firing === null) all.delete(key);
      else forgotten += all.set(key, firing);
    }
    if (forgotten > 0) this.#tooMany.trouble(this.#scope, forgotten, TOO_MANY, { max: MAX_FIRING_ALERTS });
    else this.#tooMany.success(this.#scope);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
    this.#renewal?.abort();
    this.#poster.close();
  }

  async #renew(): Promise<void> {
    if (this.#renewal !== null) return;
    const renewal = new AbortController();
    this.#renewal = renewal;
    const { log } = this.#scope;
    try {
      const firing = await this.#firing;
      firing.forgetUnheard(MAX_RENEWED_SECONDS);
      const keys = [...firing].map(([key]) => key);
      for (let from = 0; from < keys.length; from += MAX_REQUEST_ALERTS)
        await this.#inTurn(() => this.#renewSome(keys.slice(from, from + MAX_REQUEST_ALERTS), renewal));
    } catch (thrown) {
      const error = renewal.signal.aborted
        ? `no answer within ${RENEW_TIMEOUT_SECONDS} s`
        : coerceError(thrown).message;
      if (!this.#isClosed) log.warn("alerts are not renewed, the next try is in a minute", { error });
    } finally {
      this.#renewal = null;
    }
  }

  /** Those of them that still fire. */
  async #renewSome(keys: readonly string[], renewal: AbortController): Promise<void> {
    const { clock } = this.#scope;
    const all = await this.#firing;
    const end = clock.now() + LIFE_SECONDS;
    const firing = keys.flatMap((key) => all.get(key) ?? []).map(({ alert }) => shown(alert, end));
    if (firing.length === 0) return;
    const cancel = clock.after(RENEW_TIMEOUT_SECONDS, () => renewal.abort());
    try {
      await this.#post(firing, renewal.signal);
    } finally {
      cancel();
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#requests.then(work);
    this.#requests = done.catch(() => {});
    return done;
  }

  async #post(alerts: readonly unknown[], signal: AbortSignal): Promise<void> {
    await this.#poster.post({ url: this.#url, body: JSON.stringify(alerts) }, signal);
  }
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
