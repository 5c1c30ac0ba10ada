import type { OpenAlert } from "../core/alerts-port.ts";
import { isOpenAlert } from "../kit/alert-life.ts";
import type { AlertChange } from "../kit/alert-registry.ts";
import { decodePlain } from "../state/plain-reader.ts";
import { encodePlain } from "../state/plain-writer.ts";

/** A change of an alert as bytes, for the main thread and its disk, which look into none of them. */
export interface KeptAlert {
  readonly pipeline: string;
  readonly stage: string;
  readonly name: string;
  readonly isOver: boolean;
  readonly bytes: Uint8Array;
}

export function toKept({ alert, changes, ...place }: AlertChange): KeptAlert {
  return { ...place, bytes: Buffer.concat(encodePlain({ ...alert, changes })) };
}

/** @returns Null when the bytes are no alert that this version knows. */
export function fromKept({ bytes, ...place }: KeptAlert): AlertChange | null {
  try {
    const saved = decodePlain(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (!isOpenAlert(saved)) return null;
    const { changes = 0, ...alert }: OpenAlert & { readonly changes?: number } = saved;
    return { ...place, alert, changes };
  } catch {
    return null;
  }
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
    const id = JSON.stringify([change.pipeline, change.stage, change.name]);
    this.#changes.delete(id); // the last one last, as the disk may have but the first of them
    this.#changes.set(id, change);
  }

  flush(): void {
    const changes = [...this.#changes.values()];
    if (changes.length === 0) return;
    this.#changes = new Map();
    this.#post(changes.map(toKept));
  }
}
