import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { JournalClock, type Moment } from "../../src/core/journal-clock.ts";
import { NO_EVENTS, partitionsOf } from "../../src/core/spread.ts";
import type { Supervisor } from "../../src/engine/supervisor.ts";
import type { GivenUpRange } from "../../src/host/given-up-events.ts";
import { JournalReplay, type JournalReplayOptions } from "../../src/host/journal-replay.ts";
import type { EventIndex } from "../../src/kit/event-index.ts";
import { Mutes } from "../../src/runtime/mutes.ts";
import { StateKeeper } from "../../src/runtime/state-keeper.ts";
import { TimeSlices } from "../../src/runtime/time-slice.ts";
import { Journal } from "../../src/state/journal.ts";
import { RECORD_HEADER_BYTES, writeHeader } from "../../src/state/journal-record.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { encodeFrame } from "../../src/wire/codec.ts";
import { RIEMANN } from "../../src/wire/message-codecs.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** A pipeline that notes the numbers of the events it is given, and what time it was. */
class Noting {
  readonly pipeline: { readonly name: string };
  readonly spread = "all";
  readonly channel = null;
  readonly edges = [];
  readonly counts = [];
  readonly isBehind = false;
  readonly given: string[] = [];
  since = 0;
  #isStarted = false;
  readonly #clock: JournalClock;

  constructor(name: string, clock: JournalClock) {
    this.pipeline = { name };
    this.#clock = clock;
  }

  holdBack(): void {}

  start(): readonly string[] {
    this.#isStarted = true;
    return [];
  }

  offer(from: number, to: number): void {
    for (let number = Math.max(from, this.since); this.#isStarted && number < to; number++)
      this.given.push(`${number} at ${this.#clock.elapsed()}`);
  }
}

interface Saved {
  readonly elapsed: number;
  readonly position: number;
}

/** Replays the records of these moments, a message of two events each, to pipelines that were saved there. */
async function replayed(
  t: TestContext,
  moments: readonly number[],
  saved: readonly Saved[],
  to: number,
  givenUp: readonly GivenUpRange[] = [],
) {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const machine = new VirtualClock();
  const journal = await Journal.open({
    ...{ dir, sync: "1s", maxBytes: 1e9, saved: 0, elapsed: 0, clock: machine, log: QUIET },
  });
  for (const elapsed of moments) {
    const payload = Buffer.concat([Buffer.alloc(RECORD_HEADER_BYTES), encodeFrame({ events: [{}, {}] })]);
    writeHeader(payload, "frames", RIEMANN, { now: elapsed, elapsed });
    await journal.append([{ items: 2, payload }]);
  }
  const clock = new JournalClock();
  const pipelines = saved.map((_, n) => new Noting(`p${n}`, clock));
  const state = new StateKeeper({
    ...{
      clock,
      machine,
      log: QUIET,
      index: null as unknown as EventIndex,
      label: "",
      partitionKey: "host" as const,
      mine: partitionsOf(0, 1),
    },
    ...{ running: () => [], later: (work) => work(), sourceOf: () => "", keep() {} },
    slices: new TimeSlices({ now: () => 0, later: (_, run) => run(), isBusy: () => false }),
  });
  state.load(saved.map((one, n) => ({ name: `p${n}`, now: one.elapsed, ...one, bytes: [] })));
  state.hold(pipelines as unknown as readonly Supervisor[]);
  const intake = {
    next: NO_EVENTS,
    isHeld: false,
    takeAgain() {},
    begin() {},
    flush(end: { readonly all: number }) {
      for (const pipeline of pipelines) pipeline.offer(this.next.all, end.all);
    },
  };
  const replay = new JournalReplay({
    ...{
      dir,
      clock,
      machine,
      intake,
      state,
      log: QUIET,
      marks: {},
      givenUp,
      suspects: [],
      supervisors: () => pipelines,
    },
    ...{ reinjector: { hold() {}, release() {}, cameIn() {} }, mutes: new Mutes(clock), ring: { replay() {} } },
  } as unknown as JournalReplayOptions);
  const start: Moment = { now: 0, elapsed: 0 };
  await replay.run({ ...NO_EVENTS, all: to }, start);
  await journal.close();
  return { given: pipelines.map((one) => one.given), clock };
}

test("each pipeline is given all that came in since it was saved, once and at the times of then", async (t) => {
  // What came in within a millisecond has one moment.
  const steps = fc.array(fc.nat({ max: 1 }), { minLength: 1, maxLength: 8 });
  const places = fc.array(fc.tuple(fc.nat({ max: 99 }), fc.boolean()), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(steps, places, async (all, given) => {
      const moments = all.map((_, n) => 1 + all.slice(0, n).reduce((sum, step) => sum + step, 0));
      const saved = given.map(([place, isBefore]) => {
        const record = place % moments.length;
        const at = moments[record] ?? 0;
        return {
          position: record * 2 + (isBefore ? 0 : 2),
          elapsed: at - (isBefore && moments[record - 1] !== at ? 0.5 : 0),
        };
      });
      const { given: found } = await replayed(t, moments, saved, moments.length * 2);
      const expected = saved.map(({ position }) =>
        moments.flatMap((at, n) => [n * 2, n * 2 + 1].flatMap((n) => (n < position ? [] : `${n} at ${at}`))),
      );
      assert.deepEqual(found, expected);
    }),
    { numRuns: rounds(100) },
  );
});

test("it ends at the time of what comes next, which a thread that ended may have taken from the ring", async (t) => {
  const { given, clock } = await replayed(t, [1, 2, 3, 4], [{ elapsed: 1, position: 2 }], 4);
  assert.deepEqual([given, clock.elapsed()], [[["2 at 2", "3 at 2"]], 3]);
});

test("what a thread ended at is withheld from the pipelines that it had, and from no others", async (t) => {
  const saved = [0, 0, 0].map(() => ({ elapsed: 0.5, position: 0 }));
  const { given } = await replayed(t, [1, 2, 3], saved, 6, [
    { from: 2, to: 4, pipelines: ["p0", "gone"] },
    { from: 4, to: 6, pipelines: ["p0", "p1", "p2"] },
  ]);
  const all = ["0 at 1", "1 at 1", "2 at 2", "3 at 2"];
  assert.deepEqual(given, [all.slice(0, 2), all, all]);
});
