import type { Clock } from "../core/clock.ts";
import { type Event, NO_ATTRIBUTES, NO_TAGS, newEvent } from "../core/event.ts";
import type { IndexView } from "../core/index-view.ts";
import type { Forgetful } from "../core/stage.ts";
import { type Cut, listOf, numberOf, type Plain, type Savable } from "../core/state.ts";
import { isHeldExpired, NO_GAPS, withGap } from "./gaps.ts";
import { KeyedTable } from "./keyed-table.ts";
import { compileKey } from "./selector.ts";

const SERIES = compileKey("index", ["host", "service"]);

/** Events of which one step of {@link EventIndex.expired} sees whether they have expired. */
const LOOKS_PER_STEP = 1024;

/**
 * The last event of each host and service, of one thread. The last one that came counts, whatever its time; one with the
 * state `expired` takes its host and service out. Others stay until they are taken out: see the stage `index`.
 */
export class EventIndex implements IndexView, Forgetful, Savable {
  readonly holderName = "index";
  /** About how much memory it takes. */
  bytes = 0;
  onEvict = (): void => {};
  /** Called with how many bytes more it takes, or fewer. */
  onHeld: (bytes: number) => void = () => {};
  /** Which part of all hosts it is for, and so of `max`: 1, or less when there is an index in other workers too. */
  portion = 1;
  #table = this.#newTable();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #gaps = NO_GAPS;

  save(cut: Cut | null): Plain {
    return [this.#lookedAt, this.#gaps, this.#table.save(cut)];
  }

  /**
   * @param savedAt - Unix seconds.
   * @param away - Seconds since then for which nothing ran.
   */
  restore(saved: Plain, savedAt = 0, away = 0): void {
    const [lookedAt, gaps, table = null] = listOf(saved);
    this.#lookedAt = numberOf(lookedAt);
    this.#gaps = listOf(gaps).map(numberOf);
    this.wasAway(savedAt, away);
    this.#table.restore(table);
  }

  /** Nothing ran for a while. */
  wasAway(since: number, seconds: number): void {
    this.#gaps = withGap(this.#gaps, since, seconds);
  }

  get size(): number {
    return this.#table.size;
  }

  put(event: Event, max: number): boolean {
    if (event.state === "expired") {
      this.#table.delete(event);
      return false;
    }
    this.#table.at(event).value = event;
    if (this.#table.size <= Math.ceil(max * this.portion)) return false;
    const { oldest } = this.#table;
    return oldest !== undefined && this.#table.delete(oldest);
  }

  remove(event: Event): boolean {
    return this.#table.get(event) === event && this.#table.delete(event);
  }

  /** Takes all events out. */
  clear(): void {
    this.#held(-this.bytes);
    this.#table = this.#newTable();
  }

  /** Takes out the event that has been unchanged longest, as others need its bytes; false when there is none. */
  evict(): boolean {
    return this.#table.evict();
  }

  of(event: Event): Event | null {
    return this.#table.get(event) ?? null;
  }

  lookup(host: string | null, service: string | null): Event | null {
    return this.of(seriesOf(host, service));
  }

  search(matches: (event: Event) => boolean = () => true): Event[] {
    return this.#table.filter(matches);
  }

  /** As `search`, for a reader that takes pauses: see {@link KeyedTable.walk}. */
  walk(): IterableIterator<Event> {
    return this.#table.walk();
  }

  isDue(elapsed: number, interval: number): boolean {
    // Timers of one interval are not due at the very same time.
    if (elapsed - this.#lookedAt < interval * 0.9) return false;
    this.#lookedAt = elapsed;
    return true;
  }

  *expired(clock: Clock, defaultTtl: number): Generator<readonly Event[]> {
    const now = clock.now();
    for (const some of this.#table.steps(LOOKS_PER_STEP))
      yield some.filter((event) => isHeldExpired(event, clock, defaultTtl, now, this.#gaps));
  }

  /** Its callers bound it: in number when they add events, in time when they take out expired ones. */
  #newTable(): KeyedTable<Event> {
    return new KeyedTable<Event>({
      ...SERIES,
      max: Number.POSITIVE_INFINITY,
      ttl: Number.POSITIVE_INFINITY,
      create: () => seriesOf(null, null), // to be replaced at once
      bytesPerKey: BYTES_PER_KEY,
      keepsLast: true,
      onHeld: (bytes) => this.#held(bytes),
      onEvict: () => this.onEvict(),
    });
  }

  #held(bytes: number): void {
    this.bytes += bytes;
    this.onHeld(bytes);
  }
}

/** Without its event. */
const BYTES_PER_KEY = 110;

function seriesOf(host: string | null, service: string | null): Event {
  return newEvent(host, service, null, null, null, 0, null, NO_TAGS, NO_ATTRIBUTES, false);
}
