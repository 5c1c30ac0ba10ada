import type { EventOrList } from "../core/event-list.ts";
import type { Outlet } from "../core/stage.ts";
import type { Supervisor } from "./supervisor.ts";

/** Maximum pipelines that work on one another's stack; what is published deeper down waits for a turn of its own. */
const MAX_NESTED_PIPELINES = 8;

/** The channels of one thread: what is published goes straight into the inbox of each pipeline that subscribes to it. */
export class Channels {
  #subscribers = new Map<string, Supervisor[]>();
  #nested = 0;

  /** From the next event on, these subscribers get what is published: the swap of a reload. */
  replace(supervisors: readonly Supervisor[]): void {
    this.#subscribers = new Map();
    for (const supervisor of supervisors) {
      if (supervisor.channel === null) continue;
      const subscribers = this.#subscribers.get(supervisor.channel) ?? [];
      subscribers.push(supervisor);
      this.#subscribers.set(supervisor.channel, subscribers);
    }
  }

  /** Publishes to the channel's subscribers at the time. Its promise waits for subscribers whose inbox is full. */
  outlet(channel: string): Outlet {
    return (value) => {
      const subscribers = this.#subscribers.get(channel);
      return subscribers === undefined ? null : this.#hand(value, subscribers);
    };
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

function both(one: Promise<null> | null, other: Promise<null> | null): Promise<null> | null {
  if (one === null || other === null) return one ?? other;
  return one.then(() => other);
}
