import type { EventOrList } from "../core/event-list.ts";
import type { Outlet } from "../core/stage.ts";
import type { Supervisor } from "./supervisor.ts";

/** Maximum pipelines that work on one another's stack; what is published deeper down waits for a turn of its own. */
const MAX_NESTED_PIPELINES = 8;

/** The channels of one thread: what is published goes straight into the inbox of each pipeline that subscribes to it. */
export class Channels {
  #subscribers: ReadonlyMap<string, readonly Supervisor[]> = new Map();
  /** Who subscribed to channels that a swap has ended: they get what publishers of before still publish. */
  readonly #ended = new Map<string, { readonly set: number; readonly subscribers: readonly Supervisor[] }>();
  /** The number of the set of pipelines whose stages start. */
  #set = 0;
  #nested = 0;

  /** Outlets that are made from now on are those of the next set. Returns its number. */
  next(): number {
    return ++this.#set;
  }

  /**
   * From the next event on, these subscribers get what is published: the swap of a reload. Channels that have none of them
   * end with {@link end}.
   */
  replace(supervisors: readonly Supervisor[]): void {
    const before = this.#subscribers;
    this.#subscribers = subscribersOf(supervisors);
    for (const [channel, subscribers] of before)
      if (!this.#subscribers.has(channel)) this.#ended.set(channel, { set: this.#set, subscribers });
    for (const channel of this.#subscribers.keys()) this.#ended.delete(channel);
  }

  /** What was published in the sets before this one has come to its subscribers, or has no more time to. */
  end(set: number): void {
    for (const [channel, ended] of this.#ended) if (ended.set === set) this.#ended.delete(channel);
  }

  /** Publishes to the channel's subscribers at the time. Its promise waits for subscribers whose inbox is full. */
  outlet(channel: string): Outlet {
    const set = this.#set;
    return (value) => {
      const subscribers = this.#subscribers.get(channel) ?? this.#before(channel, set);
      return subscribers === undefined ? null : this.#hand(value, subscribers);
    };
  }

  #before(channel: string, set: number): readonly Supervisor[] | undefined {
    const ended = this.#ended.get(channel);
    return ended !== undefined && set < ended.set ? ended.subscribers : undefined;
  }

  #hand(value: EventOrList, subscribers: readonly Supervisor[]): Promise<null> | null {
    let room: Promise<null> | null = null;
    this.#nested++;
    try {
      for (const subscriber of subscribers)
        room = both(room, subscriber.take(value, this.#nested <= MAX_NESTED_PIPELINES));
    } finally {
      this.#nested--;
    }
    return room;
  }
}

function subscribersOf(supervisors: readonly Supervisor[]): ReadonlyMap<string, readonly Supervisor[]> {
  const found = new Map<string, Supervisor[]>();
  for (const supervisor of supervisors) {
    if (supervisor.channel === null) continue;
    const subscribers = found.get(supervisor.channel) ?? [];
    subscribers.push(supervisor);
    found.set(supervisor.channel, subscribers);
  }
  return found;
}

function both(one: Promise<null> | null, other: Promise<null> | null): Promise<null> | null {
  if (one === null || other === null) return one ?? other;
  return one.then(() => other);
}
