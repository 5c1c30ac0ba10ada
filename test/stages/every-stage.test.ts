import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import type { Stages } from "../../src/core/stage.ts";
import * as s from "../../src/stages/index.ts";
import { imbalances } from "../e2e/ledger.ts";
import fc from "../fast-check.ts";
import { rounds, share } from "../rounds.ts";
import { documentedUse } from "./documented.ts";
import { HOSTS, type Moment, plainFields, script, weirdFields } from "./moments.ts";
import { type Trial, trial } from "./trial.ts";
import { USES } from "./uses.ts";

/** Those that put events in another order, and what speaks for several keys: nothing else may. */
const REORDERS = /^(alert|by|sort|coalesce|project|sreduce|top|percentiles|combine)\b|modes|sample|m(ax|in)imum|median/;

/** That a run is over: its books balance, nothing waits, no timer is left. */
function assertOver(run: Trial): void {
  const report = run.report();
  const waiting = report.stages.filter((stage) => stage.waiting > 0);
  assert.deepEqual(
    [imbalances(report), waiting, run.clock.timers, report.stateBytes],
    [[], [], 0, 0],
    "books, waiting, timers left, bytes held",
  );
}

/** Runs stages on a script, each moment's events cut into batches of these sizes in turn, and then lets 30 s pass. */
function played(stages: AnyStages, moments: readonly Moment[], sizes: readonly number[] = [6]): Trial["out"] {
  const run = trial(stages);
  let turn = 0;
  for (const { gap, events } of moments) {
    run.advanceTo(run.clock.now() + gap);
    for (let from = 0; from < events.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      run.offer(events.slice(from, from + size));
      from += size;
    }
  }
  run.advanceTo(run.clock.now() + 30);
  run.end();
  assertOver(run);
  return run.out;
}

const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
const FEW = { numRuns: rounds(2) };

describe("whatever comes: no throw, no timer left, books that balance, order kept, and the same for any cut of a batch", () => {
  for (const [name, make] of USES)
    test(name, () => {
      const stages = make();
      for (const fields of [plainFields, weirdFields])
        fc.assert(
          fc.property(script(fields), sizes, (moments, cuts) => {
            const out = played(stages, moments);
            assert.deepEqual(texts(played(stages, moments, cuts)), texts(out));
            if (!REORDERS.test(name)) assertInOrder(out.map(({ value }) => value));
          }),
          FEW,
        );
    });
});

test("a ttl of NaN, which clients can send, is none", () => {
  for (const [name, make] of share([...USES], 1, 2)) {
    if (name === "defaults") continue; // it fills in what is null
    const stages = make();
    const withTtl = (moments: readonly Moment[], ttl: number | null): Moment[] =>
      moments.map(({ gap, events }) => ({
        gap,
        events: events.map((one) => (one.ttl === null ? one.with({ ttl }) : one)),
      }));
    fc.assert(
      fc.property(script(plainFields), (moments) => {
        const [none, nan] = [null, Number.NaN].map((ttl) => texts(played(stages, withTtl(moments, ttl))));
        assert.deepEqual(
          nan?.map((text) => text.replaceAll('"ttl":"NaN"', '"ttl":null')),
          none,
          name,
        );
      }),
      { numRuns: rounds(2) },
    );
  }
});

test("stopped in the midst of things, a stage gives out what it holds without a throw, and leaves nothing", async () => {
  const halves = fc.oneof(script(plainFields), script(weirdFields));
  for (const [name, make] of share([...USES], 1, 3)) {
    const stages = [s.by("host", make() as Stages)];
    await fc.assert(
      fc.asyncProperty(halves, async (moments) => {
        const run = trial(stages);
        for (const { gap, events } of moments) {
          run.advanceTo(run.clock.now() + gap);
          run.offer(events);
        }
        await run.stop();
        assert.doesNotThrow(() => assertOver(run), name);
      }),
      { numRuns: rounds(3) },
    );
  }
});

describe("under by, and under parallel with a key, each key is as if it were alone", () => {
  for (const [name, make] of share([...USES], 1, 4))
    test(name, () => {
      const each = [s.by("host", make() as Stages)];
      const parallel = [s.parallel(2, each, { key: "host" })];
      fc.assert(
        fc.property(script(plainFields), (moments) => {
          const together = texts(played(each, moments)).sort();
          const alone = HOSTS.flatMap((host) =>
            played(
              each,
              moments.map(({ gap, events }) => ({ gap, events: events.filter((e) => e.host === host) })),
            ),
          );
          assert.deepEqual(together, texts(alone).sort());
          assert.deepEqual(texts(played(parallel, moments)).sort(), together);
        }),
        FEW,
      );
    });
});

/** Those of the values that are events of the script, singly or in lists, are in their order. */
function assertInOrder(values: readonly unknown[]): void {
  for (const list of values) if (Array.isArray(list)) assertInOrder(list);
  const places = values.flatMap((value) =>
    value instanceof Event && value.attributes.n !== undefined ? [Number(value.attributes.n)] : [],
  );
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
}

function texts(out: Trial["out"]): string[] {
  return out.map((one) =>
    JSON.stringify(one, (_, value) => (Object.is(value, -0) || Number.isNaN(value) ? "-0 or NaN" : value)),
  );
}

test("the documented use of each stage can be tried, so a new stage is by itself", () => {
  for (const name of Object.keys(s)) assert.ok(documentedUse(name).length > 0);
});
