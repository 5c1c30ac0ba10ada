import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { partitionOf } from "../../src/core/spread.ts";
import { type Stages, stage } from "../../src/core/stage.ts";
import { keyedState } from "../../src/kit/keyed-state.ts";
import { spreadOf } from "../../src/routes/spread-of.ts";
import * as s from "../../src/stages/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { HOSTS, type Moment, plainFields, script } from "../stages/moments.ts";
import { toText } from "../stages/plain-text.ts";
import { USES } from "../stages/uses.ts";
import { type Hands, playedBy } from "./shared-out.ts";

/** What comes out of a script that is played by so many workers, in no order between hosts. */
function played(stages: AnyStages, moments: readonly Moment[], hands: Hands): string[] {
  return playedBy(stages, "host", moments, hands)
    .out.map(({ at, value }) => `${at} ${toText(value)}`)
    .sort();
}

/** A stage that keeps its state apart by host, and more finely than it says. */
const ownCounts = () => {
  const counts = keyedState("own", ["service", "host"], () => ({ n: 0 }));
  return stage(
    "own",
    (context) => {
      const countOf = counts(context);
      return (event) => context.emit(event.with({ metric: ++countOf(event).n }));
    },
    { keyedBy: "host", changes: ["metric"], shape: [] },
  );
};

const CHAINS = new Map<string, () => AnyStages>([
  ...[...USES].map(([name, make]) => [`by host: ${name}`, () => [s.by("host", make() as Stages)]] as const),
  ["by both", () => [s.by(["service", "host"], [s.rate(4), s.changed("metric")])]],
  ["by host, twice", () => [s.by("host", [s.counter()]), s.by(["host", "service"], [s.ewma(3)])]],
  ["inside where", () => [s.where((e) => e.metric !== null, [s.by("host", [s.rate(4)])], [s.changedState()])]],
  ["inside tee", () => [s.tee([s.by("host", [s.by("service", [s.counter()])])], [s.changedState()])]],
  ["keyed by itself", () => [s.project([(e) => e.metric === 1, (e) => e.metric === 2], { key: ["host"] })]],
  ["of your own", () => [ownCounts()]],
  ["index", () => [s.index({ interval: 4 })]],
]);

describe("what several workers keep goes on in any other number of them", () => {
  assert.deepEqual(new Set(HOSTS.map((host) => partitionOf(host) % 2)).size, 2, "there are hosts of both workers");
  for (const [name, make] of CHAINS) {
    if (spreadOf(make()).by !== "host") continue;
    test(name, () => {
      fc.assert(
        fc.property(
          script(plainFields),
          fc.constantFrom(1, 2, 3),
          fc.constantFrom(1, 2, 3),
          (moments, before, after) => {
            const alone = played(make(), moments, { before: 1, after: 1 });
            assert.deepEqual(played(make(), moments, { before, after }), alone);
          },
        ),
        { numRuns: rounds(5) },
      );
    });
  }
});
