import type { AnyStages, Chain, Taken } from "../core/pipeline.ts";
import { checkStages, type Through, through } from "../core/stage.ts";

/**
 * Gives each event or list to stages that do something in the world, then passes it on. Tests of routes leave these
 * stages out.
 *
 * Emits exactly its input, so that the stages after it see the same in tests; the output of `stages` ends there, as in
 * `tee`. Holds nothing but what its stages do. Events without a metric and expired ones are treated like
 * any other.
 *
 * @param stages - The first receives the input.
 * @throws FastTsError `FTS_NOT_A_STAGE` when `stages` is not a list of stages.
 * @category Output
 * @example
 * pipeline("restart what hangs", [
 *   filter((e) => e.service === "heartbeat" && e.state === "expired"),
 *   io([map(async (e) => void (await fetch(`http://127.0.0.1:1/restart/${e.host}`, { method: "POST" }).catch(() => null)))]),
 *   stdout(),
 * ]);
 */
export function io<const Inside extends AnyStages>(
  stages: Inside & Chain<Taken<[Inside]>, Inside>,
): Through<Taken<[Inside]>> {
  checkStages("io(stages)", stages);
  return through<Taken<[Inside]>>(
    "io",
    (context) => {
      const { emit } = context;
      const { receive } = context.branch<Taken<[Inside]>>("io", () => {});
      return (value) => {
        receive(value);
        emit(value);
      };
    },
    { takes: "anything", branches: { io: stages }, edge: { kind: "io", name: "io" }, memory: 0, changes: [] },
  );
}
