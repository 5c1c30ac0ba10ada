import assert from "node:assert/strict";
import { type AnyStages, pipeline } from "../../src/core/pipeline.ts";
import { edgesOf, usesIndex } from "../../src/core/pipeline-edges.ts";
import { partitionOf, partitionsOf, type SpreadField } from "../../src/core/spread.ts";
import { layOut } from "../../src/engine/layout.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import { spreadNeedsOf } from "../../src/routes/spread-needs.ts";
import { spreadTogether } from "../../src/routes/spread-together.ts";
import * as s from "../../src/stages/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { VirtualThread } from "../../src/testing/virtual-thread.ts";
import fc from "../fast-check.ts";
import type { Moment } from "../stages/moments.ts";
import type { Trial } from "../stages/trial.ts";
import { textAt } from "./shared-out.ts";
import { byKey, CHANGES, chain, mayChange, moments, namesOf, partitionKey, type Tried } from "./spreads.ts";

/* The same of two pipelines that a channel joins, wherever both may run in several workers. */

const publisher = fc.oneof(chain(1, CHANGES), fc.constantFrom(...CHANGES));
const make = fc.tuple(publisher, chain(1, CHANGES)).map(([from, to]) => ({
  from: [...from(), s.publish("between")],
  to: [s.subscribe("between"), ...to()],
}));

/** What the last stage gives out, of as many threads as there are workers. */
function outOf(
  lists: Readonly<Record<string, AnyStages>>,
  by: SpreadField,
  moments: readonly Moment[],
  workers: number,
): Trial["out"] {
  const out: Trial["out"] = [];
  for (let worker = 0; worker < workers; worker++) {
    const mine = partitionsOf(worker, workers);
    const thread = new VirtualThread({ clock: new VirtualClock(), explain: (error) => error.message });
    const { clock, router } = thread;
    const supervisors = Object.entries(lists).map(
      ([name, stages]) => new Supervisor({ ...pipeline(name, []), stages }, thread.thread, { layout: layOut(stages) }),
    );
    const [from, to] = supervisors;
    if (from === undefined || to === undefined) throw new Error("two pipelines make a channel");
    to.output = (value) => out.push({ at: clock.elapsed(), value });
    for (const one of supervisors) one.start();
    router.replace(supervisors);
    const pass = (seconds: number): void => {
      for (const _ of thread.pass(clock.now() + seconds));
    };
    for (const { gap, events } of moments) {
      pass(gap);
      for (const event of events.filter((one) => mine[partitionOf(textAt(by, one))] === 1)) {
        router.offer([event], 0);
        thread.finishTurn();
      }
    }
    pass(30);
    for (const one of supervisors) {
      if (one.lastFailure !== null) throw one.lastFailure.error;
      one.abandon();
    }
  }
  return out;
}

/** That both give out the same in several workers as in one, where they may be in several. */
export function throughChannels(tried: Tried) {
  return fc.property(make, partitionKey, moments, fc.constantFrom(2, 3, 8), (lists, partitionKey, moments, workers) => {
    const all = Object.entries(lists).map(([name, stages]) => ({
      name,
      edges: edgesOf(stages).filter(({ kind, name }) => kind !== "publish" || name === "between"),
      needs: spreadNeedsOf(stages, {}, partitionKey),
    }));
    const { by = "all", why } = spreadTogether(all, workers, partitionKey).get("to") ?? {};
    tried[by] = (tried[by] ?? 0) + 1;
    if (by === "all") return;
    const both = [...lists.from, ...lists.to];
    const isKept = !mayChange(both, by, []) && !usesIndex(edgesOf(both));
    const played = (count: number) => byKey({ out: outOf(lists, by, moments, count) }, by, isKept);
    assert.deepEqual(played(workers), played(1), `${namesOf(both)} by ${by}: ${why}`);
  });
}
