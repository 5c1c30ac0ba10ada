import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { JournalClock } from "../../src/core/journal-clock.ts";
import { partitionOf, SPREADS, type SpreadBy, stateName, workerLabel } from "../../src/core/spread.ts";
import { Router } from "../../src/engine/router.ts";
import type { Supervisor } from "../../src/engine/supervisor.ts";
import type { Thread } from "../../src/engine/thread.ts";
import { JournalReplay, type JournalReplayOptions } from "../../src/host/journal-replay.ts";
import { RecordIntake } from "../../src/host/record-intake.ts";
import { type RecordRange, ringMemory } from "../../src/host/ring.ts";
import { RingReader } from "../../src/host/ring-reader.ts";
import type { EventIndex } from "../../src/kit/event-index.ts";
import { MistimedEvents } from "../../src/runtime/mistimed-events.ts";
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

/** A part of a pipeline in one worker: notes the numbers of the events that it is given, which are their metrics. */
class Part {
  readonly pipeline: { readonly name: string };
  readonly spread: SpreadBy;
  readonly channel = null;
  readonly edges = [];
  readonly counts = [];
  readonly isBehind = false;
  readonly given: number[] = [];
  since = 0;
  #isStarted = false;

  constructor(spread: SpreadBy) {
    this.pipeline = { name: spread };
    this.spread = spread;
  }

  holdBack(): void {}

  start(): readonly string[] {
    this.#isStarted = true;
    return [];
  }

  offer(events: readonly Event[], first: number): void {
    const all = events.map(({ metric }) => metric ?? -1);
    if (this.#isStarted) this.given.push(...all.slice(Math.max(0, this.since - first)));
  }
}

interface Key {
  readonly host: string | null;
  readonly service: string | null;
  readonly state: string | null;
}

const fieldOf = (spread: Exclude<SpreadBy, "all">): keyof Key => (spread === "key" ? "state" : spread);

/** Records of messages of events. */
type Records = readonly (readonly (readonly Key[])[])[];

interface Saved {
  /** In which worker of how many, and up to which message. */
  readonly worker: number;
  readonly messages: number;
  /** What there is a pipeline of, each. */
  readonly spreads: readonly SpreadBy[];
}

async function journal(dir: string, records: Records, clock: VirtualClock): Promise<void> {
  const written = await Journal.open({ dir, sync: "1s", maxBytes: 1e9, saved: 0, elapsed: 0, clock, log: QUIET });
  let number = 0;
  for (const [at, messages] of records.entries()) {
    const frames = messages.map((keys) =>
      encodeFrame({
        events: keys.map(({ host, service, state }) => ({
          ...(host !== null && { host }),
          ...(service !== null && { service }),
          ...(state !== null && { state }),
          metric_d: number++,
        })),
      }),
    );
    const payload = Buffer.concat([Buffer.alloc(RECORD_HEADER_BYTES), ...frames]);
    writeHeader(payload, "frames", RIEMANN, { now: at + 1, elapsed: at + 1 });
    await written.append([{ items: messages.flat().length, payload }]);
  }
  await written.close();
}

/** Gives what came since it was saved to the parts of pipelines in a worker: what each was given. */
async function replayed(
  t: TestContext,
  records: Records,
  workers: number,
  { worker, messages, spreads }: Saved,
  suspects: readonly RecordRange[],
) {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const machine = new VirtualClock();
  await journal(dir, records, machine);
  const [clock, router] = [new JournalClock(), new Router()];
  const ring = new RingReader(ringMemory(workers, 3), worker, () => {});
  const parts = spreads.map((spread) => new Part(spread));
  const supervisors = parts as unknown as readonly Supervisor[];
  const part = { label: workerLabel(worker, workers), partitionKey: "state" } as const;
  const state = new StateKeeper({
    ...{ clock, machine, log: QUIET, index: null as unknown as EventIndex, ...part, mine: ring.mine },
    ...{ running: () => [], later: (work) => work(), sourceOf: () => "", keep() {} },
    slices: new TimeSlices({ now: () => 0, later: (_, run) => run(), isBusy: () => false }),
  });
  const lengths = records.flat().map((keys) => keys.length);
  const position = lengths.slice(0, messages).reduce((sum, length) => sum + length, 0);
  const ended = records.findIndex((_, at) => records.slice(0, at + 1).flat().length > messages);
  const elapsed = ended < 0 ? records.length : ended;
  state.load(
    spreads.map((spread) => ({ name: stateName(spread, spread, part), now: elapsed, elapsed, position, bytes: [] })),
  );
  state.hold(supervisors);
  router.replace(supervisors);
  const thread = { full: 0, clock, machine, turnEnd: 0, state: { hasPlenty: true } } as unknown as Thread;
  const intake = new RecordIntake({
    router,
    thread,
    mistimed: new MistimedEvents("off", clock, QUIET),
    ring,
    worker,
    partitionKey: part.partitionKey,
  });
  const until = { all: lengths.reduce((sum, length) => sum + length, 0), host: 7, service: 9, key: 5 };
  const replay = new JournalReplay({
    ...{ dir, clock, machine, intake, state, log: QUIET, marks: new Map(), givenUp: [], suspects },
    reader: { worker: worker + 1, workers },
    ...{ reinjector: { hold() {}, release() {}, cameIn() {} }, mutes: new Mutes(clock), ring },
    supervisors: () => supervisors,
  } as unknown as JournalReplayOptions);
  await replay.run(until, { now: 0, elapsed: 0 });
  assert.deepEqual(intake.next, until, "it goes on in the ring");
  return { parts, position, mine: ring.mine };
}

test("each part of a pipeline is given the events of its partitions that came since it was saved, and no others", async (t) => {
  const key = fc.record({
    host: fc.constantFrom(null, "a", "b", "web-1", "zürich"),
    service: fc.constantFrom(null, "x", "y"),
    state: fc.constantFrom(null, "ok", "critical"),
  });
  const all = fc.array(fc.array(fc.array(key, { maxLength: 4 }), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 5,
  });
  const spreads = fc.subarray([...SPREADS], { minLength: 1 });
  const saved = fc.record({ worker: fc.nat({ max: 2 }), messages: fc.nat({ max: 15 }), spreads });
  await fc.assert(
    fc.asyncProperty(
      all,
      fc.integer({ min: 2, max: 3 }),
      saved,
      fc.boolean(),
      async (given, workers, at, isSuspect) => {
        const records = given.filter((messages) => messages.flat().length > 0);
        const where = { ...at, worker: at.worker % workers, messages: Math.min(at.messages, records.flat().length) };
        const suspects = isSuspect ? [{ from: 0, to: records.flat(2).length }] : [];
        const { parts, position, mine } = await replayed(t, records, workers, where, suspects);
        const events = records.flat(2).map((key, number) => ({ ...key, number }));
        for (const { spread, given: found, since } of parts) {
          const isMine = (one: Key): boolean => spread === "all" || mine[partitionOf(one[fieldOf(spread)])] === 1;
          const expected = events.filter((one) => one.number >= position && isMine(one)).map(({ number }) => number);
          assert.deepEqual([found, since], [expected, 0], spread);
        }
      },
    ),
    { numRuns: rounds(100) },
  );
});
