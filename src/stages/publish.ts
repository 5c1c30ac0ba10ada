import { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { aString, checkOption } from "../core/option.ts";
import { type Through, through } from "../core/stage.ts";

/**
 * Publishes each event or list to a channel, from which pipelines that begin with `subscribe(channel)` get it, and
 * passes it on.
 *
 * Emits its input and holds nothing: an event is in the inbox of each subscriber before it is passed on, and all get
 * them in the order in which they were published. A subscriber whose inbox is full has its publishers wait, as a
 * pipeline has its senders (`onFull`). Pipelines that a channel joins run in the same workers: in each, what is
 * published there. Without a subscriber events just pass; pipelines that would publish in a circle are an error when the routes are loaded. A list goes out as
 * one, and is frozen. Events without a metric and expired ones are treated like any other.
 *
 * @param channel - Any name.
 * @throws FastTsError `FTS_STAGE_OPTION` when `channel` is not a string, or is empty.
 * @category Between pipelines
 * @example
 * pipeline("find the slow ones", [filter((e) => e.service === "http"), by("host", [ewmaTimeless(0.1)]), over(2), publish("slow")]);
 * pipeline("tell of the slow ones", [subscribe("slow"), throttle(5, 3600), email("ops@example.com")]);
 */
export function publish(channel: string): Through<EventOrList> {
  checkOption("publish", "channel", channel, aString);
  return through<EventOrList>(
    "publish",
    ({ emit, send }) =>
      (value) => {
        // Other pipelines get the same list.
        if (!(value instanceof Event)) Object.freeze(value);
        const room = send(value);
        emit(value);
        return room;
      },
    { takes: "either", edge: { kind: "publish", name: channel }, memory: 0, changes: [] },
  );
}
