import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Event, EventFields } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import type { KeptAlert } from "../../src/runtime/kept-alerts.ts";
import { alert, by } from "../../src/stages/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import type { SavedTrial } from "../stages/trial.ts";
import { Processes } from "./alert-processes.ts";

/*
 * A process that is killed leaves two things: a state, which is saved now and then, and what is kept of its alerts, which
 * comes to the disk a moment after it changed. Each may be the newer one. The next process goes on as one would that was
 * never killed and has had all events but those that neither of them knows of: nothing that the newer one knows to be told
 * is told again, and nothing that it knows to be open is forgotten.
 */

interface Step {
  readonly gap: number;
  readonly host: string;
  readonly state: string;
  /** How many events before this one the state was saved, and what is kept came to the disk; null: it is not killed. */
  readonly kill: { readonly state: number; readonly kept: number } | null;
}

const age = fc.oneof(fc.constant(0), fc.nat(8));
const steps = fc.array(
  fc.record<Step>({
    gap: fc.constantFrom(0, 1, 7, 40),
    host: fc.constantFrom("a", "b", "c"),
    state: fc.constantFrom("ok", "ok", "warning", "critical", "critical", "expired", "seen"),
    kill: fc.option(fc.record({ state: age, kept: age }), { freq: 4 }),
  }),
  { maxLength: 40 },
);

/** What is known before an event. */
interface Known {
  readonly state: SavedTrial;
  readonly kept: readonly KeptAlert[];
  readonly told: number;
}

/** What is told when it is killed as the steps say, and when it is not and has all events but those that are lost. */
async function told(stages: AnyStages, script: readonly Step[]) {
  const cut = new Processes().start(stages);
  const known: Known[] = [];
  const had: (EventFields & { readonly time: number })[] = [];
  const look = (): void => void known.push({ state: cut.save(), kept: cut.kept, told: cut.told.length });
  let [time, saved, kept] = [0, 0, 0];
  for (const { gap, host, state, kill } of script) {
    time += gap;
    cut.at(time);
    look();
    if (kill !== null) {
      // What was on the disk at the last start still is.
      saved = Math.max(saved, had.length - kill.state);
      kept = Math.max(kept, had.length - kill.kept);
      const newest = Math.max(saved, kept);
      await cut.end("kill");
      cut.told.length = known[newest]?.told ?? 0;
      cut.keep(known[kept]?.kept ?? []).start(stages, known[saved]?.state);
      cut.at(time);
      had.length = newest;
      known.length = newest;
      look();
    }
    had.push({ host, service: "disk", state, time });
    cut.at(time, had.at(-1) ?? {});
  }
  const whole = new Processes().start(stages);
  for (const fields of had) whole.at(fields.time, fields);
  const both = [cut, whole].map((all) => {
    all.at(time + 1000);
    // When the last event came before it is no change.
    return { open: all.open, told: all.told.map((line) => line.replace(/ no data.*/, "")) };
  });
  for (const all of [cut, whole]) await all.end("stop");
  return both;
}

const acknowledge = ({ state }: Event): boolean => state === "seen";
const repeat = 1e9;
const USES: Readonly<Record<string, AnyStages>> = {
  "by itself": [alert([], { acknowledge, repeat })],
  "with an end for what has expired": [alert([], { onExpired: "trigger", repeat })],
  "with few that may be open": [alert([], { onExpired: "keep", max: 2, repeat })],
  "under by": [by("host", [alert([], { acknowledge, repeat })])],
  "under by, two that are alike": [by("service", [alert([], { repeat }), alert([], { repeat })])],
};

describe("whatever is newer, the state or what is kept, nothing is told again and nothing forgotten", () => {
  for (const [name, stages] of Object.entries(USES))
    test(name, () =>
      fc.assert(
        fc.asyncProperty(steps, async (script) => {
          const [cut, whole] = await told(stages, script);
          assert.deepEqual(cut, whole);
        }),
        { numRuns: rounds(60) },
      ),
    );
});

test("with a state that is the newer one, an alert goes on to be ok for the rest of its hold", () => {
  const stages = [alert([], { hold: 30, repeat })];
  return fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const newer = script.map(({ kill, ...step }) => ({ ...step, kill: kill && { state: 0, kept: kill.kept } }));
      const [cut, whole] = await told(stages, newer);
      assert.deepEqual(cut, whole);
    }),
    { numRuns: rounds(60) },
  );
});
