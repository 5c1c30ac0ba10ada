import { aString, checkOption } from "../core/option.ts";
import { type Stage, stage } from "../core/stage.ts";

/**
 * Publishes each event to a channel, from which pipelines that begin with `subscribe(channel)` get it, and passes it
 * on.
 *
 * Emits its input and holds nothing: an event is in the inbox of each subscriber before it is passed on, and all get
 * them in the order in which they were published. A subscriber whose inbox is full has its publishers wait, as a
 * pipeline has its senders (`onFull`). Pipelines that a channel joins run in the same worker. Without a subscriber
 * events just pass; pipelines that would publish in a circle are an error when the routes are loaded. Events without a
 * metric and expired ones are treated like any other.
 *
 * @param channel - Any name.
 * @throws FastTsError `FTS_STAGE_OPTION` when `channel` is not a string, or is empty.
 * @category Between pipelines
 * @example
 * pipeline("find the slow ones", [filter((e) => e.service === "http"), by("host", [ewma(60)]), over(2), publish("slow")]);
 * pipeline("tell of the slow ones", [subscribe("slow"), throttle(5, 3600), email("ops@example.com")]);
 */
export function publish(channel: string): Stage {
  checkOption("publish", "channel", channel, aString);
  return stage(
    "publish",
    ({ emit, send }) =>
      (event) => {
        const room = send(event);
        emit(event);
        return room;
      },
    { edge: { kind: "publish", name: channel }, memory: 0 },
  );
}
