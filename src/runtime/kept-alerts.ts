import type { OpenAlert } from "../core/alerts-port.ts";
import { Event } from "../core/event.ts";
import type { AlertChange } from "../kit/alert-registry.ts";
import { decodePlain } from "../state/plain-reader.ts";
import { encodePlain } from "../state/plain-writer.ts";

/** An open alert as bytes, for the main thread and its disk, which look into none of them. */
export interface KeptAlert {
  readonly pipeline: string;
  readonly stage: string;
  readonly name: string;
  /** Null: it is over. */
  readonly bytes: Uint8Array | null;
}

export function toKept({ alert, ...place }: AlertChange): KeptAlert {
  return { ...place, bytes: alert === null ? null : encodePlain({ ...alert }) };
}

/** @returns Null when the bytes are no alert that this version knows. */
export function fromKept({ bytes, ...place }: KeptAlert): AlertChange | null {
  if (bytes === null) return { ...place, alert: null };
  try {
    const alert = decodePlain(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return isAlert(alert) ? { ...place, alert } : null;
  } catch {
    return null;
  }
}

function isAlert(saved: unknown): saved is OpenAlert {
  const { key, toldAt, event }: Partial<OpenAlert> = saved instanceof Object ? saved : {};
  return typeof key === "string" && Number.isFinite(toldAt) && event instanceof Event;
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
