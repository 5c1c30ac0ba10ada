import { aString, checkOption } from "../core/option.ts";
import { type Stage, stage } from "../core/stage.ts";

/**
 * As the first stage of a pipeline: the pipeline receives what is published to the channel, and nothing else.
 *
 * Emits each event as it comes, in the order in which it was published, and holds nothing: events wait in the
 * pipeline's inbox. The pipeline's ledger counts as offered what was published while it existed. Events without a
 * metric and expired ones are treated like any other.
 *
 * @param channel - The name that `publish` has.
 * @throws FastTsError `FTS_STAGE_OPTION` when `channel` is not a string, or is empty; `FTS_PIPELINE` from `pipeline` when
 * it stands elsewhere.
 * @category Between pipelines
 * @example
 * pipeline("find", [where((e) => e.state === "critical", [publish("critical")])]);
 * pipeline("mail", [subscribe("critical"), throttle(5, 60), email("ops@example.com")]);
 * pipeline("count", [subscribe("critical"), rate(60), stdout()]);
 */
export function subscribe(channel: string): Stage {
  checkOption("subscribe", "channel", channel, aString);
  return stage("subscribe", ({ emit }) => emit, { edge: { kind: "subscribe", name: channel }, memory: 0 });
}
