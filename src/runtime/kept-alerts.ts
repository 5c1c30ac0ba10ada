import type { OpenAlert } from "../core/alerts-port.ts";
import { Event } from "../core/event.ts";
import type { AlertChange } from "../kit/alert-registry.ts";

/** An open alert as bytes, for the main thread and its disk, which look into none of them. */
export interface KeptAlert {
  readonly pipeline: string;
  readonly stage: string;
  readonly name: string;
  /** Null: it is over. */
  readonly bytes: Uint8Array | null;
}

/** JSON has no NaN and no infinity: they are texts. */
type Written = number | string | null;
type Texts = readonly [host: string | null, service: string | null, state: string | null, description: string | null];
type Numbers = readonly [metric: Written, time: Written, ttl: Written];
type Rest = readonly [tags: readonly string[], attributes: Readonly<Record<string, string>>, metricIsFloat: boolean];
type Parts = readonly [...Texts, ...Numbers, ...Rest];
type AlertParts = Omit<OpenAlert, "event" | "ok"> & { readonly event: Parts; readonly ok: Parts | null };

export function toKept({ alert, ...place }: AlertChange): KeptAlert {
  if (alert === null) return { ...place, bytes: null };
  const { event, ok } = alert;
  const written = { ...alert, event: partsOf(event), ok: ok === null ? null : partsOf(ok) };
  return { ...place, bytes: Buffer.from(JSON.stringify(written)) };
}

/** @returns Null when the bytes are no alert that this version knows. */
export function fromKept({ bytes, ...place }: KeptAlert): AlertChange | null {
  if (bytes === null) return { ...place, alert: null };
  try {
    const { event, ok, ...rest }: AlertParts = JSON.parse(Buffer.from(bytes).toString());
    const alert = { ...rest, event: eventOf(event), ok: ok === null ? null : eventOf(ok) };
    return typeof alert.key === "string" && Number.isFinite(alert.toldAt) ? { ...place, alert } : null;
  } catch {
    return null;
  }
}

function partsOf({
  host,
  service,
  state,
  description,
  metric,
  time,
  ttl,
  tags,
  attributes,
  metricIsFloat,
}: Event): Parts {
  const numbers = [written(metric), written(time), written(ttl)] as const;
  return [host, service, state, description, ...numbers, tags, attributes, metricIsFloat];
}

function eventOf([
  host,
  service,
  state,
  description,
  metric,
  time,
  ttl,
  tags,
  attributes,
  metricIsFloat,
]: Parts): Event {
  const numbers = [read(metric), read(time) ?? 0, read(ttl)] as const;
  const sets = [Object.freeze(tags), Object.freeze(attributes)] as const;
  return new Event(host, service, state, description, ...numbers, ...sets, metricIsFloat, 0);
}

function written(number: number | null): Written {
  return number === null || Number.isFinite(number) ? number : String(number);
}

function read(number: Written): number | null {
  return number === null ? null : Number(number);
}

/** Gathers what changes in a turn. */
export class AlertChanges {
  readonly #post: (changes: readonly KeptAlert[]) => void;
  #changes = new Map<string, AlertChange>();

  constructor(post: (changes: readonly KeptAlert[]) => void) {
    this.#post = post;
  }

  add(change: AlertChange): void {
    if (this.#changes.size === 0) setImmediate(() => this.flush());
    this.#changes.set(JSON.stringify([change.pipeline, change.stage, change.name]), change);
  }

  flush(): void {
    const changes = [...this.#changes.values()];
    if (changes.length === 0) return;
    this.#changes = new Map();
    this.#post(changes.map(toKept));
  }
}
