import type { Cancel, Clock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { SilencesPort } from "../core/silences-port.ts";
import { compileQuery } from "../query/query.ts";
import type { Silence } from "./silence.ts";

/** A clock that is set is noticed after this long. */
const LOOK_SECONDS = 60;

interface Planned {
  readonly silence: Silence;
  readonly matches: (event: Event) => boolean;
}

/** The silences of a thread: tells which are on, and when that changes. */
export class ActiveSilences implements SilencesPort {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #planned: readonly Planned[] = [];
  #on: readonly Planned[] = [];
  #cancel: Cancel = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** These are all there are; their queries compile. */
  replace(silences: readonly Silence[]): void {
    this.#planned = silences.map((silence) => ({
      silence,
      matches:
        this.#planned.find((old) => old.silence.query === silence.query)?.matches ??
        compileQuery(silence.query).matches,
    }));
    this.#look();
  }

  /** One more. */
  add(silence: Silence): void {
    this.replace([...this.#planned.map((planned) => planned.silence), silence]);
  }

  covers(event: Event): boolean {
    for (const { matches } of this.#on) if (matches(event)) return true;
    return false;
  }

  onChange(run: () => void): Cancel {
    this.#listeners.add(run);
    return () => this.#listeners.delete(run);
  }

  /** Which are on now, and when to look again. */
  #look(): void {
    this.#cancel();
    const now = this.#clock.now();
    const before = this.#on;
    this.#on = this.#planned.filter(({ silence }) => silence.from <= now && now < silence.until);
    const isSame = this.#on.length === before.length && this.#on.every((one, at) => isEqual(one, before[at]));
    const next = Math.min(
      ...this.#planned.flatMap(({ silence: { from, until } }) => [from, until]).filter((time) => time > now),
    );
    if (next < Number.POSITIVE_INFINITY)
      this.#cancel = this.#clock.after(Math.min(next - now, LOOK_SECONDS), () => this.#look());
    if (!isSame) for (const run of this.#listeners) run();
  }
}

function isEqual({ silence: { id, query } }: Planned, other: Planned | undefined): boolean {
  return other?.silence.id === id && other.silence.query === query;
}
