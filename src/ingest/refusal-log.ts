import type { Cancel, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";

/** Refusals of one kind are logged once in this time; the number of further ones is logged at its end. */
const QUIET_SECONDS = 60;

interface Kind {
  /** Not logged yet. */
  more: number;
  lastPeer: string | null;
  readonly cancel: Cancel;
}

/** Logs the senders of refused messages: for each door and kind one line with the peer's address, then one a minute. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #quiet = new Map<string, Kind>();
  #isStopped = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * @param message - The kind, a constant.
   * @param peer - Who sent it; null when nobody knows.
   * @param count - How many were refused.
   */
  tell(door: string, message: string, peer: string | null, reason: string, count = 1): void {
    if (this.#isStopped) return;
    const key = `${door} ${message}`;
    const known = this.#quiet.get(key);
    if (known !== undefined) {
      known.more += count;
      known.lastPeer = peer;
      return;
    }
    this.#log.warn(message, { door, ...(peer !== null && { peer }), reason });
    const cancel = this.#clock.every(QUIET_SECONDS, () => this.#tellMore(key, door, message));
    this.#quiet.set(key, { more: count - 1, lastPeer: peer, cancel });
  }

  /** What is refused from now on is so because of a stop. */
  stop(): void {
    this.#isStopped = true;
    for (const { cancel } of this.#quiet.values()) cancel();
  }

  #tellMore(key: string, door: string, message: string): void {
    const kind = this.#quiet.get(key);
    if (kind === undefined) return;
    if (kind.more === 0) {
      this.#quiet.delete(key);
      kind.cancel();
      return;
    }
    const { more, lastPeer } = kind;
    this.#log.warn(`${message}, many times`, {
      door,
      more,
      ...(lastPeer !== null && { last_peer: lastPeer }),
      seconds: QUIET_SECONDS,
    });
    kind.more = 0;
  }
}
