import { deserialize, serialize } from "node:v8";
import type { OpenAlert } from "../core/alerts-port.ts";
import type { Event } from "../core/event.ts";
import { type Copy, copyOf, fromCopy } from "../core/event-copy.ts";
import type { AlertChange } from "../kit/alert-registry.ts";

/** An open alert as bytes, for the main thread and its disk, which look into none of them. */
export interface KeptAlert {
  readonly pipeline: string;
  readonly stage: string;
  readonly name: string;
  /** Null: it is over. */
  readonly bytes: Uint8Array | null;
}

type AlertCopy = Omit<OpenAlert, "event" | "ok"> & { readonly event: Copy; readonly ok: Copy | null };

export function toKept({ alert, ...place }: AlertChange): KeptAlert {
  if (alert === null) return { ...place, bytes: null };
  const copy: AlertCopy = { ...alert, event: copyOf(alert.event), ok: alert.ok === null ? null : copyOf(alert.ok) };
  return { ...place, bytes: serialize(copy) };
}

/** @returns Null when the bytes are no alert that this version knows. */
export function fromKept({ bytes, ...place }: KeptAlert): AlertChange | null {
  if (bytes === null) return { ...place, alert: null };
  try {
    const { event, ok, ...rest }: AlertCopy = deserialize(bytes);
    const alert = { ...rest, event: eventOf(event), ok: ok === null ? null : eventOf(ok) };
    return typeof alert.key === "string" && Number.isFinite(alert.toldAt) ? { ...place, alert } : null;
  } catch {
    return null;
  }
}

function eventOf(copy: Copy): Event {
  const event = fromCopy(copy);
  if (Array.isArray(event)) throw new Error("an alert has one event");
  return event as Event;
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
