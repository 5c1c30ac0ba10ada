import assert from "node:assert/strict";
import { test } from "node:test";
import { Event } from "../../src/core/event.ts";
import type { EventOrList } from "../../src/core/event-list.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { type Stage, type Start, stage } from "../../src/core/stage.ts";
import { type SinkContext, type SinkOptions, type SinkWriter, sink, type Verdict } from "../../src/delivery/sink.ts";
import { FastTsError } from "../../src/errors.ts";
import { by } from "../../src/stages/by.ts";
import { map } from "../../src/stages/map.ts";
import { smap } from "../../src/stages/smap.ts";
import { tee } from "../../src/stages/tee.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { total } from "../e2e/ledger.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { isBalanced, live } from "../sinks/live.ts";

/** The service of an event, or those of a list. */
type Written = string | null | readonly Written[];
const written = (value: EventOrList): Written =>
  value instanceof Event ? value.service : value.map((event) => event.service);

/** A back end that answers when told to. */
class BackEnd {
  readonly batches: (readonly Written[])[] = [];
  isClosed = false;
  #settle: { resolve: () => void; reject: (error: Error) => void }[] = [];

  stage(options: SinkOptions = {}, judge?: SinkWriter<Event>["judge"]): Stage {
    return sink("backEnd", () => this.#writer(judge), options);
  }

  /** One that is written lists. */
  listStage(options: SinkOptions<true> = {}, judge?: SinkWriter<Event>["judge"]): Stage {
    return sink("backEnd", () => this.#writer(judge), { ...options, lists: true });
  }

  #writer(judge: SinkWriter<Event>["judge"]): SinkWriter<EventOrList> {
    const write = (batch: readonly EventOrList[]): Promise<void> => {
      this.batches.push(batch.map(written));
      return new Promise((resolve, reject) => this.#settle.push({ resolve, reject }));
    };
    const close = (): void => {
      this.isClosed = true;
    };
    return { write, close, ...(judge && { judge }) };
  }

  /** A write is under way. */
  get isAsked(): boolean {
    return this.#settle.length > 0;
  }

  /** Ends the oldest write, and lets everybody see it. */
  async answer(error?: Error): Promise<void> {
    const settle = this.#settle.shift();
    assert.ok(settle, "a write is under way");
    if (error === undefined) settle.resolve();
    else settle.reject(error);
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const events = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ service: String(from + i) }));

test("events of one turn are one batch, and those that come while it is written the next", async () => {
  const backEnd = new BackEnd();
  const run = live([backEnd.stage()], new VirtualClock());
  run.offer({ service: "a" }, { service: "b" });
  await turn();
  run.offer({ service: "c" });
  run.offer({ service: "d" });
  assert.deepEqual(backEnd.batches, [["a", "b"]]);
  await backEnd.answer();
  assert.deepEqual(backEnd.batches, [
    ["a", "b"],
    ["c", "d"],
  ]);
  await backEnd.answer();
  assert.equal(run.report("backEnd#0").delivered, 4);
  run.abandon();
});

test("no batch is larger than the option says", async () => {
  const backEnd = new BackEnd();
  const run = live([backEnd.stage({ batch: { events: 2 } })], new VirtualClock());
  run.offer(...events(0, 5));
  await turn();
  for (let i = 0; i < 3; i++) await backEnd.answer();
  assert.deepEqual(backEnd.batches, [["0", "1"], ["2", "3"], ["4"]]);
  run.abandon();
});

test("every event is passed on at once", async () => {
  const backEnd = new BackEnd();
  const seen: (string | null)[] = [];
  const look = map((event) => {
    seen.push(event.service);
    return event;
  });
  const run = live([backEnd.stage({ maxEvents: 1 }), look], new VirtualClock());
  run.offer(...events(0, 3));
  assert.deepEqual(seen, ["0", "1", "2"]);
  run.abandon();
});

test("a full queue drops the oldest events, counts them, and says so once", async () => {
  const backEnd = new BackEnd();
  const run = live([backEnd.stage({ maxEvents: 3, batch: { events: 10 } })], new VirtualClock());
  run.offer(...events(0, 8));
  const report = run.report("backEnd#0");
  assert.deepEqual([report.handled, report.pending, report.dropped.overflow], [8, 3, 5]);
  assert.ok(isBalanced(report));
  assert.equal(run.log.length, 1);
  await turn();
  await backEnd.answer();
  await backEnd.answer();
  assert.deepEqual(backEnd.batches, [["5", "6"], ["7"]]);
  run.abandon();
});

test("options of before do what they did, with a warning that says the new ones", async () => {
  const backEnd = new BackEnd();
  const stage = backEnd.stage({ capacity: 3, batch: 2, onFull: "drop" });
  assert.deepEqual(stage.warnings, [
    "sink backEnd: capacity: 3 goes with the next release: write maxEvents: 3",
    "sink backEnd: batch: 2 goes with the next release: write batch: { events: 2 }",
    'sink backEnd: onFull: "drop" goes with the next release: write onFull: "drop-newest"',
  ]);
  const run = live([stage], new VirtualClock());
  run.offer(...events(0, 5));
  await turn();
  await backEnd.answer();
  await backEnd.answer();
  assert.deepEqual(backEnd.batches, [["0", "1"], ["2"]]);
  run.abandon();
});

test("the end of trouble is told with the number of events lost, once it has been quiet", async () => {
  const backEnd = new BackEnd();
  const clock = new VirtualClock();
  const run = live([backEnd.stage({ maxEvents: 1 })], clock);
  run.offer(...events(0, 4));
  await turn();
  await backEnd.answer();
  assert.equal(run.log.length, 1);
  clock.advanceTo(10);
  run.offer({ service: "later" });
  await turn();
  await backEnd.answer();
  assert.deepEqual(run.log.at(-1)?.fields, { target: "live/backEnd#0", lost: 3 });
  run.abandon();
});

test("with onFull wait the pipeline stands still until there is room", async () => {
  const backEnd = new BackEnd();
  const run = live([backEnd.stage({ maxEvents: 2, batch: { events: 1 }, onFull: "wait" })], new VirtualClock());
  run.offer(...events(0, 5));
  await turn();
  assert.deepEqual([run.report("backEnd#0").pending, run.report("backEnd#0").waiting], [2, 3]);
  for (let i = 0; i < 5; i++) await backEnd.answer();
  const report = run.report("backEnd#0");
  assert.deepEqual([report.handled, report.delivered, report.dropped.overflow], [5, 5, 0]);
  assert.deepEqual(backEnd.batches.flat(), ["0", "1", "2", "3", "4"]);
  run.abandon();
});

for (const count of [2, 3, 7])
  test(`with onFull wait and a back end that never answers, each of ${count} events is counted once`, async () => {
    const run = live([new BackEnd().stage({ maxEvents: 3, onFull: "wait" })], new VirtualClock());
    run.offer(...events(0, count));
    await turn();
    const { handled, pending, waiting } = run.report("backEnd#0");
    assert.deepEqual([handled, pending, waiting], [Math.min(count, 3), Math.min(count, 3), Math.max(count - 3, 0)]);
    run.abandon();
    const after = run.report("backEnd#0");
    assert.equal(total(after.lost) + after.pending, count);
  });

test("with onFull wait an event is passed on once there was room for it, and not when its run ended before", async () => {
  const backEnd = new BackEnd();
  const seen: (string | null)[] = [];
  const look = map((event) => {
    seen.push(event.service);
    if (event.service === "poison") throw new Error("poison");
    return event;
  });
  const run = live(
    [by("service", [backEnd.stage({ maxEvents: 2, batch: { events: 1 }, onFull: "wait" })]), look],
    new VirtualClock(),
  );
  run.offer({ service: "a" }, { service: "b" }, { service: "c" });
  await turn();
  assert.deepEqual(seen, ["a", "b"]);
  await backEnd.answer();
  assert.deepEqual(seen, ["a", "b", "c"]);
  run.offer({ service: "d" });
  await turn();
  run.abandon();
  await backEnd.answer();
  const report = run.report("by#0/backEnd#0");
  assert.deepEqual([seen, report.handled, report.lost.stop], [["a", "b", "c"], 3, 1]);
  assert.ok(isBalanced(report));
});

test("the copies of a sink that wait for room get it in turn", async () => {
  const backEnd = new BackEnd();
  const run = live([by("service", [backEnd.stage({ maxEvents: 1, onFull: "wait" })])], new VirtualClock());
  run.offer(...events(0, 4));
  for (let i = 0; i < 4; i++) {
    await turn();
    await backEnd.answer();
  }
  assert.deepEqual(backEnd.batches, [["0"], ["1"], ["2"], ["3"]]);
  run.abandon();
});

/** Makes a list of `SERVICE*N`, and passes on what has no number. */
const lists = (): Stage<Event, never> => {
  const start: Start<Event, EventOrList> =
    ({ emit }) =>
    (event) => {
      const [service = "", length] = event.service?.split("*") ?? [];
      emit(length === undefined ? event : Array.from({ length: Number(length) }, () => event.with({ service })));
    };
  return stage("lists", start) as Stage<Event, never>;
};

test("of a list each event is written, in one batch whatever the option says, and the ledger counts one", async () => {
  const backEnd = new BackEnd();
  const run = live([lists(), backEnd.stage({ batch: { events: 3 } })], new VirtualClock());
  run.offer({ service: "a*2" }, { service: "b" }, { service: "c*5" }, { service: "d*0" });
  await turn();
  for (let i = 0; i < 2; i++) await backEnd.answer();
  assert.deepEqual(backEnd.batches, [
    ["a", "a", "b"],
    ["c", "c", "c", "c", "c"],
  ]);
  const report = run.report("backEnd#1");
  assert.deepEqual([report.handled, report.delivered, report.pending], [4, 4, 0]);
  run.abandon();
});

test("with lists, events and lists are written as they came", async () => {
  const backEnd = new BackEnd();
  const after: EventOrList[] = [];
  const keep = smap((value: EventOrList) => void after.push(value));
  const run = live([lists(), backEnd.listStage({ batch: { events: 3 } }), keep], new VirtualClock());
  run.offer({ service: "a*2" }, { service: "b" }, { service: "c*5" }, { service: "d*0" });
  await turn();
  for (let i = 0; i < 2; i++) await backEnd.answer();
  assert.deepEqual(backEnd.batches, [[["a", "a"], "b"], [["c", "c", "c", "c", "c"]]]);
  assert.deepEqual(after.map(written), [["a", "a"], "b", ["c", "c", "c", "c", "c"], []]);
  assert.equal(run.report("backEnd#1").delivered, 4);
  run.abandon();
});

test("a list takes the room of its events", async () => {
  const backEnd = new BackEnd();
  const run = live([lists(), backEnd.stage({ maxEvents: 4, onFull: "drop-newest" })], new VirtualClock());
  run.offer({ service: "a*2" }, { service: "b*3" }, { service: "c" });
  const { pending, dropped } = run.report("backEnd#1");
  assert.deepEqual([pending, dropped.overflow], [2, 1]);
  await turn();
  await backEnd.answer();
  run.offer({ service: "d*9" });
  assert.equal(run.report("backEnd#1").dropped.overflow, 1, "a larger one than the bound is taken when it is alone");
  run.abandon();
});

const services = ["a", "b", "a*0", "a*3", "b*7", "poison above", "poison below"];
const deeds = fc.oneof(
  fc.record({ offer: fc.array(fc.constantFrom(...services), { maxLength: 9 }) }),
  fc.record({ answer: fc.constantFrom(null, "retry", "refused", "failed") }),
  fc.record({ wait: fc.constantFrom(0.5, 1, 20) }),
);

test("the books of a sink balance whatever its back end answers, what throws beside it, and when it ends", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        maxEvents: fc.integer({ min: 1, max: 4 }),
        batch: fc.record({ events: fc.integer({ min: 1, max: 3 }) }),
        onFull: fc.constantFrom("wait" as const, "drop-oldest" as const, "drop-newest" as const),
      }),
      fc.boolean(),
      fc.boolean(),
      fc.array(deeds, { maxLength: 15 }),
      async (options, isInBranch, isWhole, script) => {
        const backEnd = new BackEnd();
        const clock = new VirtualClock();
        const poison = (word: string): Stage =>
          map((event) => {
            if (event.service === word) throw new Error(word);
            return event;
          });
        const below = smap((value: EventOrList) => {
          if (value instanceof Event && value.service === "poison below") throw new Error("poison below");
          return value;
        });
        const judge = ({ message }: Error) => message as Verdict;
        const stage = isWhole ? backEnd.listStage(options, judge) : backEnd.stage(options, judge);
        const chain = [poison("poison above"), lists(), stage, below] as const;
        const run = live(isInBranch ? [by("service", chain)] : chain, clock);
        const place = isInBranch ? "by#0/backEnd#2" : "backEnd#2";
        const check = (): void => {
          const { received, handled, waiting, lost, ...report } = run.report(place);
          assert.equal(received, handled + waiting + total(lost));
          assert.ok(isBalanced({ received, handled, waiting, lost, ...report }), JSON.stringify(report));
        };
        for (const deed of script) {
          if ("offer" in deed) run.offer(...deed.offer.map((service) => ({ service })));
          else if ("wait" in deed) clock.advanceTo(clock.now() + deed.wait);
          else if (backEnd.isAsked) await backEnd.answer(deed.answer === null ? undefined : new Error(deed.answer));
          check();
          await turn();
          check();
        }
        run.abandon();
        // What was taken goes on its way without the run.
        for (let tries = 0; run.report(place).pending > 0; tries++) {
          assert.ok(tries < 1_000);
          while (backEnd.isAsked) await backEnd.answer();
          clock.advanceTo(clock.now() + 1);
          await turn();
        }
        run.targets.close();
        check();
        assert.equal(run.report(place).pending, 0);
      },
    ),
    { numRuns: rounds(50) },
  );
});

test("a failed write loses its batch unless the sink says otherwise", async () => {
  const backEnd = new BackEnd();
  const run = live([backEnd.stage()], new VirtualClock());
  run.offer(...events(0, 3));
  await turn();
  await backEnd.answer(new Error("no"));
  assert.equal(run.report("backEnd#0").dropped.failed, 3);
  assert.equal(run.log[0]?.fields.error, "no");
  run.abandon();
});

test("a batch that the back end refuses is dropped as refused", async () => {
  const backEnd = new BackEnd();
  const run = live([backEnd.stage({}, () => "refused")], new VirtualClock());
  run.offer({ service: "a" });
  await turn();
  await backEnd.answer(new Error("no"));
  assert.equal(run.report("backEnd#0").dropped.refused, 1);
  run.abandon();
});

test("a temporary failure is tried again for as long as retryFor says, whatever becomes of the run", async () => {
  const backEnd = new BackEnd();
  const clock = new VirtualClock();
  const run = live([backEnd.stage({ retryFor: 60 }, () => "retry")], clock);
  run.offer({ service: "a" });
  await turn();
  run.abandon();
  while (clock.now() < 59) {
    if (backEnd.isAsked) await backEnd.answer(new Error("busy"));
    assert.equal(run.report("backEnd#0").pending, 1);
    clock.advanceTo(clock.now() + 1);
    await turn();
  }
  assert.ok(backEnd.batches.length > 20, "at least every 3 s");
  while (run.report("backEnd#0").pending > 0) {
    if (backEnd.isAsked) await backEnd.answer(new Error("busy"));
    clock.advanceTo(clock.now() + 1);
    await turn();
  }
  assert.equal(run.report("backEnd#0").dropped.failed, 1);
  assert.ok(clock.now() < 70);
  run.targets.close();
});

test("a stop sends what is held, then the writer is closed", async () => {
  const backEnd = new BackEnd();
  const run = live([backEnd.stage({ batch: { events: 1 } })], new VirtualClock());
  run.offer(...events(0, 2));
  await run.stop();
  const flushed = run.targets.finish();
  await turn();
  await backEnd.answer();
  await backEnd.answer();
  await flushed;
  assert.equal(run.report("backEnd#0").delivered, 2);
  assert.equal(backEnd.isClosed, false);
  run.targets.close();
  assert.equal(backEnd.isClosed, true);
});

test("the writer is made once for all keys of a by and all runs, and is told where it stands", async () => {
  const contexts: SinkContext[] = [];
  const keep = sink("keep", (context) => {
    contexts.push(context);
    return { write: async () => context.log.info("written") };
  });
  const poison = map((event) => {
    if (event.service === "poison") throw new Error("poison");
    return event;
  });
  const run = live([poison, by("service", [keep])], new VirtualClock());
  run.offer(...events(0, 5));
  await turn();
  run.offer({ service: "poison" }, ...events(0, 5));
  await turn();
  assert.deepEqual(contexts.map(({ pipeline, place }) => [pipeline, place]), [["live", "by#1/keep#0"]]); // biome-ignore format: short
  const { fields } = run.log.find(({ message }) => message === "written") ?? { fields: {} };
  assert.deepEqual(fields, { pipeline: "live", stage: "by#1/keep#0" });
  run.abandon();
  run.targets.close();
});

test("what is given up goes to the dead letters", async () => {
  const backEnd = new BackEnd();
  const dead: (string | null)[][] = [];
  const keep = map((event) => {
    dead.push([event.service, event.attributes["fast-ts reason"] ?? null]);
    return event;
  });
  const judge = ({ message }: Error) => message as Verdict;
  const run = live([backEnd.stage({ deadLetters: [keep] }, judge)], new VirtualClock());
  run.offer({ service: "a" });
  await turn();
  await backEnd.answer(new Error("refused"));
  assert.deepEqual(dead, [["a", "refused: refused"]]);
  run.abandon();
});

test("what a judge answers that is no verdict is failed, and says so", async () => {
  const answers: readonly unknown[] = [
    undefined,
    null,
    "drop",
    5,
    Symbol("s"),
    Promise.resolve("retry"),
    {},
    ["retry"],
  ];
  for (const answer of [...answers, Object.create(null)]) {
    const backEnd = new BackEnd();
    const run = live([backEnd.listStage({}, () => answer as Verdict)], new VirtualClock());
    run.offer({ service: "a" });
    await turn();
    await backEnd.answer(new Error("no"));
    const { pending, dropped } = run.report("backEnd#0");
    assert.deepEqual([pending, dropped.failed], [0, 1], String(typeof answer));
    const [line] = run.log;
    if (answer != null)
      assert.match(String(line?.fields.error), /^no; judge must return "retry", "refused" or "failed", got /);
    run.abandon();
  }
});

test("the dead letters of a pipeline are those of each sink without its own, also inside stages and of onCrash", async () => {
  const backEnd = new BackEnd();
  const dead: string[] = [];
  const to = (name: string) =>
    map((event) => {
      dead.push(`${name}: ${event.attributes["fast-ts sink"]}`);
      return event;
    });
  const judge = () => "refused" as const;
  const own = backEnd.stage({ name: "A", deadLetters: [to("own")] }, judge);
  const [plain, inside] = ["B", "C"].map((name) => backEnd.stage({ name }, judge));
  assert.ok(plain !== undefined && inside !== undefined);
  const { stages, options } = pipeline("p", [own, plain, by("host", [tee([inside])])], {
    deadLetters: [to("p")],
    onCrash: [plain],
  });
  const run = live(stages, new VirtualClock());
  run.offer({ service: "a" });
  for (let n = 0; n < 3; n++) {
    await turn();
    await backEnd.answer(new Error("no"));
  }
  assert.deepEqual(dead.toSorted(), ["own: A", "p: B", "p: C"]);
  assert.deepEqual(
    [stages[1], options.onCrash?.[0]].map((stage) => [stage?.site, Object.keys(stage?.branches ?? {})]),
    [plain, plain].map(({ site }) => [site, ["deadLetters"]]),
  );
  assert.deepEqual(plain.branches, {}, "the stage itself may be used elsewhere");
  run.abandon();
});

test("a sink's own dead letters are only counted, those of others are given on", async () => {
  const backEnd = new BackEnd();
  const dead: unknown[] = [];
  const keep = map((event) => {
    dead.push([event.service, event.attributes["fast-ts sink"]]);
    return event;
  });
  const judge = ({ message }: Error) => message as Verdict;
  const run = live(
    [backEnd.stage({ name: "W", batch: { events: 1 }, deadLetters: [keep] }, judge)],
    new VirtualClock(),
  );
  for (const sink of ["other", "W", "other, W", "other W"])
    run.offer({ service: "a", attributes: { "fast-ts sink": sink } });
  await turn();
  for (let n = 0; n < 4; n++) await backEnd.answer(new Error("refused"));
  assert.deepEqual(dead, [
    ["a", "other, W"],
    ["a", "other W, W"],
  ]);
  run.abandon();
});

test("what is held when a stage above throws is still delivered", async () => {
  const backEnd = new BackEnd();
  const poison = map((event) => {
    if (event.service === "poison") throw new Error("poison");
    return event;
  });
  const run = live([poison, backEnd.stage({ batch: { events: 1 } })], new VirtualClock());
  run.offer({ service: "a" }, { service: "b" }, { service: "poison" }, { service: "c" });
  await turn();
  for (let i = 0; i < 3; i++) await backEnd.answer();
  const report = run.report("backEnd#1");
  assert.deepEqual(backEnd.batches.flat().sort(), ["a", "b", "c"]);
  assert.deepEqual([report.handled, report.delivered, report.pending], [3, 3, 0]);
  run.abandon();
});

test("the copies of a sink under a by share one queue", async () => {
  const backEnd = new BackEnd();
  const run = live([by("service", [backEnd.stage({ maxEvents: 10 })])], new VirtualClock());
  run.offer(...events(0, 25));
  const report = run.report("by#0/backEnd#0");
  assert.deepEqual([report.pending, report.dropped.overflow], [10, 15]);
  await turn();
  await backEnd.answer();
  await backEnd.answer();
  assert.equal(run.report("by#0/backEnd#0").delivered, 10);
  run.abandon();
});

test("a judge that throws gives the batch up", async () => {
  const backEnd = new BackEnd();
  const judge = () => {
    throw new Error("bad judge");
  };
  const run = live([backEnd.stage({}, judge)], new VirtualClock());
  run.offer({ service: "a" });
  await turn();
  await backEnd.answer(new Error("no"));
  assert.equal(run.report("backEnd#0").dropped.failed, 1);
  assert.equal(run.log[0]?.fields.error, "bad judge");
  run.abandon();
});

for (const [options, message] of [
  [{ maxEvents: 0 }, /^sink s\(maxEvents\): must be a whole number >= 1, got 0$/],
  [{ capacity: 0 }, /^sink s\(maxEvents\): must be a whole number >= 1, got 0$/],
  [{ batch: 1.5 }, /^sink s\(batch.events\): must be a whole number >= 1, got 1.5$/],
  [{ tries: 5 }, /^sink s\(tries\): is gone: retryFor says for how many seconds/],
  [{ backoff: 1 }, /^sink s\(backoff\): is gone: retryFor/],
  [{ onfull: "wait" }, /there is no option "onfull"; did you mean "onFull"\? it takes name, maxEvents, /],
] as const) {
  test(`${JSON.stringify(options)} is refused when the sink is built`, () => {
    assert.throws(
      () => Reflect.apply(sink, null, ["s", () => ({ write: async () => {} }), options]),
      (error) => error instanceof FastTsError && error.code === "FTS_STAGE_OPTION" && message.test(error.message),
    );
  });
}
