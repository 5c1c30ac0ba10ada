import type { Event } from "../core/event.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { checkStages, type Stage, stage } from "../core/stage.ts";

/**
 * Runs `stages` so that a throw among them, from an event, a timer or a promise, becomes an event for `onError`, and
 * the pipeline goes on. Riemann's `exception-stream`.
 *
 * Emits what the last stages of both lists emit. The event for `onError` has the host of the event that the stage was
 * given, the service `fast-ts exception`, the state `error`, metric 1, the tags `exception` and the error's name,
 * message and stack as description, and the attributes `pipeline`, `stage` and `event`. The event at which the stage
 * threw is lost, counted (`crash`), and so are those that wait in `stages` for something awaited (`restart`).
 *
 * As when a pipeline restarts, the stages below the one that threw first finish what they hold, and then all of
 * `stages` restart, without their state: the state of a stage that threw half-way cannot be trusted. Put `catchErrors`
 * inside `by` where a bad key must not cost other keys their state. (Riemann's keep their state.) A throw in `onError`
 * or after this stage, and a stage that fails to restart, restart the pipeline. Holds nothing but what its lists do.
 * Events without a metric and expired ones are treated like any other.
 *
 * @param stages - The guarded stages; the first receives events.
 * @param onError - The stages for the events about throws.
 * @throws FastTsError `FTS_NOT_A_STAGE` when either is not a list of stages.
 * @category Errors
 * @example
 * pipeline("parsed", [
 *   catchErrors(
 *     [map((e) => e.with({ metric: JSON.parse(e.description ?? "null")?.size ?? null }))],
 *     [throttle(1, 3600), email("ops@example.com"), bitBucket()],
 *   ),
 *   stdout(),
 * ]);
 */
export function catchErrors<const Tried extends AnyStages, const OnError extends AnyStages>(
  stages: Tried & Chain<Event, Tried>,
  onError: OnError & Chain<Event, OnError>,
): Stage<Event, Emitted<Event, Tried> | Emitted<Event, OnError>> {
  checkStages("catchErrors(stages)", stages);
  checkStages("catchErrors(onError)", onError);
  return stage<Event, Emitted<Event, Tried> | Emitted<Event, OnError>>(
    "catchErrors",
    (context) => {
      const tell = context.branch("onError").receive;
      return context.branch("try", context.emit, tell).receive;
    },
    { branches: { try: stages, onError }, memory: 0 },
  );
}
