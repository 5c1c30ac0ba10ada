import type { Giver, SpillSettings, TargetSettings } from "../core/target-port.ts";
import { type Entry, MAGIC } from "../state/entry.ts";
import { Backlog, lengthOf, type Part } from "./backlog.ts";
import type { Batch, BatchLimits, GivenItems } from "./batch.ts";
import { FreshItems } from "./fresh-items.ts";
import { Leases } from "./leases.ts";
import { SpillDisk, type SpillDiskOwner } from "./spill-disk.ts";
import { decodeItems } from "./spill-entry.ts";
import { SpillGivers } from "./spill-givers.ts";
import type { SpillLogs } from "./spill-logs.ts";
import type { SpillStoreOptions } from "./spill-store-options.ts";
import type { GivenItem, Store, StoreCounts } from "./store.ts";
import { WaitingAlerts } from "./waiting-alerts.ts";

interface SpillingSettings extends TargetSettings {
  readonly spill: SpillSettings;
}

/** Items that take this much memory are written at once. */
const GROUP_BYTES = 1024 * 1024;
/** An entry is read as one, and goes as one: it is a small part of all that may be on disk. */
const MAX_ENTRY_BYTES = 64 * 1024;
const MIN_ENTRIES = 16;
/** What is not written yet may take this much memory, however little else may. */
const MIN_FRESH_BYTES = 16 * 1024 * 1024;

/**
 * Keeps the items of a target on disk, and the oldest of them in memory as well.
 *
 *   sent ◄ head (memory; what was written, and then perhaps what was not) ◄ on disk alone ◄ tail (memory, not written)
 *
 * Items get their numbers when they are written: one that is delivered before never comes to the disk. While the disk
 * fails there is nothing behind the tail, and the limits of the memory hold.
 */
export class SpillStore<T> implements Store<T>, SpillDiskOwner {
  #settings: SpillingSettings;
  readonly #options: SpillStoreOptions<T>;
  readonly #disk: SpillDisk;
  readonly alerts = new WaitingAlerts();
  readonly #head: Backlog<T>;
  readonly #tail: Backlog<T>;
  readonly #leases = new Leases<T>();
  readonly #givers = new SpillGivers<T>();
  readonly #fresh: FreshItems<T>;
  readonly failed: SpillDiskOwner["failed"];
  /** Of what was pushed since the last write. */
  #freshBytes = 0;
  /** Items on disk alone, and the number of the first of them. */
  #onDisk = 0;
  #diskFrom = 0;
  /** The number of the first item that this store wrote: what is before has no giver any more. */
  #ownFrom = 0;

  constructor(settings: SpillingSettings, options: SpillStoreOptions<T>) {
    this.#settings = settings;
    this.#options = options;
    this.failed = options.failed;
    const alerts = settings.isForPeople === true ? this.alerts : null;
    this.#head = new Backlog(alerts);
    this.#tail = new Backlog(alerts);
    this.#fresh = new FreshItems(options.codec, this.#givers, options.clock);
    const open = (): Promise<SpillLogs> =>
      options.open(({ segment, why, at, bytes, items, isKept }) => {
        const outcome = isKept ? "is set aside" : "has lost its end";
        this.#unreadable(`${segment} ${outcome}`, why, items ?? 0, { at, bytes });
      });
    this.#disk = new SpillDisk(this, options.clock, open);
    this.#disk.work();
  }

  get settings(): TargetSettings {
    return this.#settings;
  }

  /** A store that has spilled goes on to. */
  set settings(settings: TargetSettings) {
    this.#settings = { ...settings, spill: settings.spill ?? this.spill };
  }

  get spill(): SpillSettings {
    return this.#settings.spill;
  }

  get waitingItems(): number {
    return this.#head.items;
  }

  get waitingEvents(): number {
    return this.#head.events;
  }

  get waitingBytes(): number {
    return this.#head.bytes;
  }

  get born(): number | null {
    return this.#head.born;
  }

  get heldItems(): number {
    return this.#head.items + this.#leases.items + this.#tail.items + this.#onDisk;
  }

  get spilledItems(): number {
    const unwritten = this.#disk.unwrittenItems + this.#fresh.items + this.#leases.freshItems;
    return Math.max(0, this.heldItems - unwritten);
  }

  get isKept(): boolean {
    return !this.#disk.isFailing && !this.#disk.isOpening;
  }

  isSafe(until: number): boolean {
    return this.#disk.unwrittenItems === 0 && this.#fresh.isLater(until) && this.#leases.isSafe(until);
  }

  hasRoom(events: number, bytes: number, promised: StoreCounts): boolean {
    const { maxEvents, maxBytes, onFull, spill } = this.#settings;
    const heldEvents = this.#head.events + this.#leases.events + this.#tail.events + promised.events;
    const heldBytes = this.#head.bytes + this.#leases.bytes + this.#tail.bytes + promised.bytes;
    if (heldEvents === 0) return true;
    if (this.#disk.isFailing) return heldEvents + events <= maxEvents && heldBytes + bytes <= maxBytes;
    if (this.#tail.bytes + promised.bytes + bytes > Math.max(maxBytes, MIN_FRESH_BYTES)) return false;
    return onFull === "drop-oldest" || this.#disk.bytes + this.#freshBytes + promised.bytes + bytes <= spill.maxBytes;
  }

  push(giver: Giver<T>, item: T, events: number, bytes: number, now: number): void {
    const isNext = !this.#disk.isOpening && this.#onDisk === 0 && this.#tail.items === 0 && this.#hasHeadRoom;
    const part = (isNext ? this.#head : this.#tail).push(giver, item, events, bytes, now);
    if (part !== null) this.#fresh.add(part);
    this.#freshBytes += bytes;
    // Of what a target takes at once little is left to be written when it is due.
    const isMuch = this.#freshBytes >= GROUP_BYTES && this.#head.bytes + this.#tail.bytes >= GROUP_BYTES;
    this.#disk[isMuch ? "writeNow" : "writeSoon"]();
  }

  take(limits: BatchLimits): Batch<T> | null {
    this.#fillHead();
    const batch = this.#head.take(limits);
    if (batch === null) return null;
    this.#leases.add(batch);
    if (this.needsRead) this.#disk.work();
    return batch;
  }

  dropOldest(): GivenItem<T> | null {
    const oldest = this.#head.dropOldest();
    if (oldest !== null) return oldest;
    const number = this.#tail.first?.number ?? 0;
    if (number > 0 && this.#onDisk > 0) this.#givers.gaps.add(number);
    return this.#tail.dropOldest();
  }

  settle(batch: Batch<T>): void {
    if (this.#leases.settle(batch)?.shares.some(({ number }) => number > 0)) this.#disk.writeSoon();
  }

  readonly close = (): Promise<void> => this.#disk.close();

  /** The rest of the memory is for what is on its way to the disk. */
  get #hasHeadRoom(): boolean {
    const { maxEvents, maxBytes } = this.#settings;
    const [head, leases] = [this.#head, this.#leases];
    return head.events + leases.events < maxEvents / 2 && head.bytes + leases.bytes < maxBytes / 2;
  }

  get needsRead(): boolean {
    const { maxEvents, maxBytes } = this.#settings;
    return this.#onDisk > 0 && this.#head.events <= maxEvents / 4 && this.#head.bytes <= maxBytes / 4;
  }

  get hasFresh(): boolean {
    return this.#fresh.items + this.#leases.freshItems > 0;
  }

  /** What waits behind the disk goes on when nothing is there. */
  #fillHead(): void {
    if (this.#onDisk > 0 || this.#disk.isOpening) return;
    while (this.#tail.items > 0 && (this.#hasHeadRoom || this.#head.items === 0)) {
      const part = this.#tail.shiftPart();
      if (part !== undefined) this.#head.pushPart(part);
    }
  }

  opened(logs: SpillLogs): void {
    this.#onDisk = logs.next - logs.cursor;
    this.#diskFrom = logs.cursor;
    this.#ownFrom = logs.next;
    if (this.#onDisk === 0) return;
    // What came while there was no disk goes behind what is on it.
    for (const part of [...this.#head.drain(), ...this.#tail.drain()]) this.#tail.pushPart(part);
    this.#options.recovered(this.#onDisk);
  }

  number(next: number, until: number): Entry[] {
    const maxBytes = Math.min(MAX_ENTRY_BYTES, this.spill.maxBytes / MIN_ENTRIES);
    const entries = this.#fresh.number(next, until, this.#leases, maxBytes);
    this.#freshBytes = this.#fresh.bytes;
    return entries;
  }

  /** What was written leaves the memory, but for the oldest. */
  written(next: number): void {
    this.#fillHead();
    for (let { first } = this.#tail; first !== undefined; first = this.#tail.first) {
      const { number } = first;
      const written = this.#tail.shiftBefore(next);
      if (written === undefined) break;
      if (this.#onDisk === 0) this.#diskFrom = number;
      this.#onDisk += written.items.length;
      this.#givers.add(written.giver, written.items.length);
    }
    if (this.#onDisk === 0 && this.#disk.unwrittenItems === 0) this.#givers.clear();
  }

  /** Segments go that are done with; when the disk may not hold more, the oldest of the others, or as `onFull` says. */
  async makeRoom(logs: SpillLogs, bytes: number): Promise<boolean> {
    const { spill, onFull } = this.#settings;
    const more = bytes === 0 ? 0 : MAGIC.length + bytes;
    const isOver = async (): Promise<boolean> =>
      logs.bytes > MAGIC.length && logs.bytes + more > (await logs.atMost(spill));
    if (await isOver()) await logs.advance(this.firstHeld(logs.next));
    while (await isOver()) {
      if (logs.endOfOldest === null) logs.seal();
      const end = logs.endOfOldest;
      const isDone = end !== null && end <= this.firstHeld(logs.next);
      if (end === null || !(isDone || onFull === "drop-oldest")) return false;
      for (const failed of this.#options.dropRetries(this.#leases.before(end))) this.#overflow(failed);
      for (let old = this.#head.shiftBefore(end); old !== undefined; old = this.#head.shiftBefore(end))
        this.#overflow(old);
      while (this.#onDisk > 0 && this.#diskFrom < end)
        for (const part of await this.#partsOnDisk(logs)) this.#overflow(part);
      await logs.advance(end);
    }
    return true;
  }

  #overflow({ giver, items }: GivenItems<T>): void {
    giver.dropped(items, "overflow", "");
    this.#options.gaveUp(items, "overflow: the spill is full");
    this.#options.dropped(items.length, "overflow", "the spill is full: the oldest events are dropped", {});
  }

  async read(logs: SpillLogs): Promise<void> {
    for (const part of await this.#partsOnDisk(logs)) this.#head.pushPart(part);
    if (this.#onDisk === 0 && this.#disk.unwrittenItems === 0) this.#givers.clear();
    this.#fillHead();
    this.changed();
  }

  /** The next parts of what is on disk alone: they are not any more. */
  async #partsOnDisk(logs: SpillLogs): Promise<Part<T>[]> {
    const { codec } = this.#options;
    const parts: Part<T>[] = [];
    const from = this.#diskFrom;
    const entries = await this.#disk.read(logs, from);
    for (const entry of entries) {
      const end = entry.number + entry.items;
      let start = Math.max(entry.number, from);
      while (start < end && this.#givers.gaps.delete(start)) start++;
      this.#diskFrom = end;
      if (start === end) continue;
      const part = decodeItems(codec, entry, entry.number, start, {
        giverOf: (giver) => this.#givers.giverOf(entry.number < this.#ownFrom ? 0 : giver),
        bornOf: (came) => this.#fresh.times.bornOf(came, entry.number),
      });
      if (part === null) {
        this.#unreadable("it is passed over", `entry ${entry.number} is damaged, or of another version`, end - start);
        continue;
      }
      this.#onDisk -= lengthOf(part);
      this.#givers.add(part.giver, -lengthOf(part));
      parts.push(part);
    }
    // Whatever the reason: what cannot be found is not there.
    if (entries.length === 0 && this.#onDisk > 0)
      this.#unreadable("it is passed over", "its end is missing", this.#onDisk);
    return parts;
  }

  #unreadable(outcome: string, why: string, items: number, where = {}): void {
    const lost = Math.min(items, this.#onDisk);
    this.#onDisk -= lost;
    this.#options.dropped(lost, "failed", `a part of the spill cannot be read: ${outcome}`, { why, ...where, lost });
  }

  firstHeld(next: number): number {
    let first = next;
    for (const { shares } of this.#leases.batches)
      for (const { number } of shares) if (number > 0) first = Math.min(first, number);
    const number = this.#head.first?.number ?? 0;
    if (number > 0) first = Math.min(first, number);
    return this.#onDisk > 0 ? Math.min(first, this.#diskFrom) : first;
  }

  changed(): void {
    this.#fillHead();
    this.#options.changed();
  }
}
