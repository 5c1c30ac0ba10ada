import { NOTHING_TO_SEND } from "../delivery/trouble.ts";
import { usersCallSite } from "./call-site.ts";
import { hintOnTime, hintOnWaiting } from "./failure-hints.ts";
import type { RoutesUnderTest } from "./routes-under-test.ts";

/** Maximum throws and refusals that are reported. */
const MAX_THROWS = 3;

/**
 * What may explain missing output of a sink: throws, refusals, drops, and a timer when nothing came out.
 *
 * @param due - When the next timer is due, if nothing came.
 */
export function hintOnRoutes({ log, drops, pipelines, now }: RoutesUnderTest, due: number): string | null {
  const throws = log.flatMap(({ message, fields: { pipeline, stage, error } }) =>
    message === "stage threw, pipeline restarts" ? [`pipeline ${pipeline}: ${stage} threw ${inShort(error)}`] : [],
  );
  const refused = log.flatMap(({ message, fields: { error } }) =>
    message === NOTHING_TO_SEND ? [`an event was refused: ${error}`] : [],
  );
  const dropped = drops
    .filter(({ reason }) => reason !== "crash")
    .map(
      ({ pipeline, stage, reason, count }) => `pipeline ${pipeline}: ${stage ?? "inbox"} dropped ${count}, ${reason}`,
    );
  const waiting = pipelines.flatMap(({ stages }) => stages.filter((one) => one.waiting > 0).map(({ place }) => place));
  const promises = waiting.length > 0 ? [hintOnWaiting(waiting, "injectAsync")] : [];
  const time = pipelines.some(({ offered }) => offered > 0) ? hintOnTime(now, due) : null;
  const all = [
    ...[...throws, ...new Set(refused)].slice(0, MAX_THROWS),
    ...dropped,
    ...promises,
    ...(time === null ? [] : [time]),
  ];
  return all.length === 0 ? null : all.join("\n  ");
}

/** The message of a logged stack, and the user's line. */
function inShort(error: unknown): string {
  const stack = String(error);
  const frame = usersCallSite(stack);
  const [message = ""] = stack.split("\n", 1);
  return frame === null ? message : `${message} at ${frame.file}:${frame.line}:${frame.column}`;
}
