import { type Event, weigh } from "../core/event.ts";
import { ttlOf } from "../core/expiry.ts";
import type { Context, Forgetful } from "../core/stage.ts";
import { eventOf, listOf, numberOf, type Plain, type Savable } from "../core/state.ts";

/** Without its event. */
const MEMBER_BYTES = 200;

/**
 * The events with the largest values, the last one for each host and service.
 *
 * The smallest member is remembered, so an event costs two lookups; only when that one leaves or grows, or another
 * takes its place, are all members looked through. A member without an event for `idle` seconds, or for its ttl when
 * that is longer, makes room for others.
 */
export class Ranking implements Forgetful, Savable {
  readonly #size: number;
  readonly #idle: number;
  readonly #evicted: (count: number, why: "idle" | "full") => void;
  readonly #held: (bytes: number, keys: number) => void;
  readonly #hosts = new Map<string | null, Map<string | null, Member>>();
  readonly #members: Member[] = [];
  /** `null` when it has to be looked for. */
  #smallest: Member | null = null;
  /** No member has been idle for too long before. */
  #idleFrom = Number.POSITIVE_INFINITY;

  constructor(size: number, idle: number, { evicted, held, keeps }: Pick<Context, "evicted" | "held" | "keeps">) {
    this.#size = size;
    this.#idle = idle;
    this.#evicted = evicted;
    this.#held = held;
    keeps(this);
  }

  /** The place of the smallest, -1 when it has to be looked for, then of each member its event, value and `until`. */
  save(): Plain {
    return [this.#smallest?.at ?? -1, ...this.#members.flatMap(({ event, value, until }) => [event, value, until])];
  }

  restore(saved: Plain): void {
    const [smallest, ...members] = listOf(saved);
    for (let at = 0; at < members.length; at += 3) {
      const value = listOf(members[at + 1]).map(numberOf);
      this.#add(eventOf(members[at]), value, numberOf(members[at + 2]));
    }
    this.#smallest = this.#members[numberOf(smallest)] ?? null;
  }

  /** Ranks an event. Gives what does not belong to the largest: the event, the member it displaces, or `null`. */
  push(event: Event, value: readonly number[], now: number): Event | null {
    const until = now + Math.max(this.#idle, ttlOf(event, 0));
    const member = this.#find(event);
    if (member !== undefined) {
      this.#update(member, event, value, until);
      return null;
    }
    if (this.#members.length >= this.#size && now > this.#idleFrom) this.#removeIdle(now);
    if (this.#members.length < this.#size) {
      this.#add(event, value, until);
      return null;
    }
    const smallest = this.#findSmallest();
    if (smallest === null || !isLess(smallest.value, value)) return event;
    this.#remove(smallest);
    this.#add(event, value, until);
    return smallest.event;
  }

  /** Takes the host and service of an event out. */
  remove(event: Event): void {
    const member = this.#find(event);
    if (member !== undefined) this.#remove(member);
  }

  #find(event: Event): Member | undefined {
    return this.#hosts.get(event.host)?.get(event.service);
  }

  #add(event: Event, value: readonly number[], until: number): void {
    const member: Member = { event, value, until, at: this.#members.length };
    const services = this.#hosts.get(event.host);
    if (services === undefined) this.#hosts.set(event.host, new Map([[event.service, member]]));
    else services.set(event.service, member);
    this.#members.push(member);
    this.#held(MEMBER_BYTES + weigh(event), 1);
    // When none is known, one of the existing members may be smaller.
    if (this.#members.length === 1) this.#smallest = member;
    this.#update(member, event, value, until);
  }

  #update(member: Member, event: Event, value: readonly number[], until: number): void {
    const smallest = this.#smallest;
    if (smallest === member && isLess(member.value, value)) this.#smallest = null;
    else if (smallest !== null && isLess(value, smallest.value)) this.#smallest = member;
    if (event !== member.event) this.#held(weigh(event) - weigh(member.event), 0);
    member.event = event;
    member.value = value;
    member.until = until;
    this.#idleFrom = Math.min(this.#idleFrom, member.until);
  }

  #remove(member: Member): void {
    const { host, service } = member.event;
    const services = this.#hosts.get(host);
    services?.delete(service);
    if (services?.size === 0) this.#hosts.delete(host);
    this.#held(-MEMBER_BYTES - weigh(member.event), -1);
    const last = this.#members.pop();
    if (last !== undefined && last !== member) {
      this.#members[member.at] = last;
      last.at = member.at;
    }
    if (this.#smallest === member) this.#smallest = null;
  }

  #findSmallest(): Member | null {
    if (this.#smallest !== null) return this.#smallest;
    for (const member of this.#members)
      if (this.#smallest === null || isLess(member.value, this.#smallest.value)) this.#smallest = member;
    return this.#smallest;
  }

  /** Removes the members that would be the first to be idle, a 64th of all, as that takes a look at all of them. */
  evict(): boolean {
    const byIdleness = this.#members.toSorted((a, b) => a.until - b.until);
    const idlest = byIdleness.slice(0, Math.ceil(byIdleness.length / 64));
    for (const member of idlest) this.#remove(member);
    if (idlest.length > 0) this.#evicted(idlest.length, "full");
    return idlest.length > 0;
  }

  #removeIdle(now: number): void {
    const idle = this.#members.filter(({ until }) => now > until);
    for (const member of idle) this.#remove(member);
    if (idle.length > 0) this.#evicted(idle.length, "idle");
    this.#idleFrom = this.#members.reduce((first, { until }) => Math.min(first, until), Number.POSITIVE_INFINITY);
  }
}

/** The first values that differ decide. */
function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (let at = 0; at < a.length; at++) {
    const one = a[at] ?? 0;
    const other = b[at] ?? 0;
    if (one !== other) return one < other;
  }
  return false;
}

interface Member {
  event: Event;
  value: readonly number[];
  /** The `elapsed` time after which it counts as idle. */
  until: number;
  /** Its place in the list of members. */
  at: number;
}
