import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import type { Stages } from "../../src/core/stage.ts";
import * as folds from "../../src/folds/index.ts";
import { stdout } from "../../src/sinks/index.ts";
import { by, combine, fixedEventWindow, map, rate, sdo, tee, throttle } from "../../src/stages/index.ts";
import { expectEvents, type RoutesUnderTest, run, runAsync, runTimed, type Timed } from "../../src/testing/index.ts";
import { compileSnippets } from "../compiled.ts";

/** Checked by the compiler alone: what a run gives follows from its chain. */
export async function typesOfResults(unknown: Stages, t: RoutesUnderTest): Promise<void> {
  const events: Event[] = run([rate(5), tee([])], []);
  const lists: (readonly Event[])[] = run([fixedEventWindow(2)], []);
  const listsBehind: (readonly Event[])[] = run([fixedEventWindow(2), throttle(1, 60), tee([stdout()]), sdo([])], []);
  const folded: Event[] = run([fixedEventWindow(2), combine(folds.sum)], []);
  const inside: Event[] = run([by("host", [fixedEventWindow(2), combine(folds.sum)])], []);
  const passed: Event[] = run([], []);
  const known: Event[] = run(unknown, []);
  const timed: Timed<readonly Event[]>[] = runTimed([fixedEventWindow(2)], []);
  const awaited: Event[] = await runAsync([map(async (e) => e)], []);
  expectEvents([...events, ...folded, ...inside, ...passed, ...known, ...awaited], [{ metric: (n) => n > 3 }]);
  for (const list of [...lists, ...listsBehind, ...timed.map(({ value }) => value)]) expectEvents(list, []);
  const sink: readonly Event[] | undefined = t.sinks.email;
  void sink;
  // @ts-expect-error an event is no list
  const wrong: Event[] = run([fixedEventWindow(2)], []);
  // @ts-expect-error a typing slip
  run([rate(5)], [{ metrc: 1 }]);
  // @ts-expect-error a typing slip
  expectEvents(events, [{ metrc: 1 }]);
  // @ts-expect-error a number
  expectEvents(events, [{ metric: "1" }]);
  void wrong;
}

test("stages that do not fit do not compile in run, with the words that pipeline has", async (t) => {
  const wrong = (call: string): string => `import { combine, fixedEventWindow, folds, rate } from "fast-ts";
import { run, runAsync, runTimed } from "fast-ts/testing";
export const out = ${call};
`;
  const calls = [
    "run([fixedEventWindow(2), rate(5)], [])",
    "runTimed([combine(folds.sum)], [])",
    "runAsync([rate(5), combine(folds.sum)], [])",
  ];
  const compiled = await compileSnippets(new Map(calls.map((call, at) => [`wrong${at}`, wrong(call)])));
  t.after(() => compiled.remove());
  for (const at of calls.keys())
    assert.match(
      compiled.complaints,
      new RegExp(`wrong${at}\\.ts\\(3,.*\\n(?:  .*\\n)*.*this stage does not take what the stage before it emits`),
    );
});
