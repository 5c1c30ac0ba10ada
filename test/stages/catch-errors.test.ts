import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { type Stage, type Stages, stage } from "../../src/core/stage.ts";
import {
  bitBucket,
  by,
  catchErrors,
  counter,
  fixedEventWindow,
  map,
  set,
  sflatten,
  tee,
  throttle,
} from "../../src/stages/index.ts";
import { type Outcome, perform, type Step, wait } from "../../src/testing/index.ts";
import { fieldsOf } from "../core/fields.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { rig } from "../engine/rig.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

/** Throws at metric 0. */
const bomb = (message = "boom") =>
  map((e) => {
    if (e.metric === 0) throw new TypeError(message);
    return e;
  });
const pass = () => stage("pass", ({ emit }) => emit);
const metrics = (...all: number[]): Step[] => all.map((metric) => ({ host: `h${metric}`, metric }));

function outcome(stages: Stages, steps: readonly Step[], isSupervised = false): Outcome & { events: Event[] } {
  const got = perform(stages, steps, { supervised: isSupervised });
  assertBalanced(got.ledger);
  assert.equal(got.timersLeft, 0);
  return { ...got, events: got.values.map(({ value }) => value as Event) };
}
const shown = ({ events }: { readonly events: readonly Event[] }) =>
  events.map((e) => (e.service === "fast-ts exception" ? String(e.description).split("\n")[0] : e.metric));

test("a throw becomes an event for the other list, and the pipeline goes on", () => {
  const got = outcome([catchErrors([pass(), bomb()], [set({ ttl: 9 })])], metrics(1, 0, 2));
  assert.deepEqual(shown(got), [1, "TypeError: boom", 2]);
  assert.deepEqual([got.ledger.restarts, got.ledger.stages.map(({ lost }) => lost.crash)], [0, [0, 0, 1, 0]]);
  const { description, attributes, ...fields } = fieldsOf(got.events[1]);
  assert.deepEqual(fields, {
    host: "h0",
    service: "fast-ts exception",
    state: "error",
    metric: 1,
    metricIsFloat: false,
    time: 0,
    ttl: 9,
    tags: ["exception", "TypeError"],
  });
  assert.match(String(description), /^TypeError: boom\n +at .*catch-errors\.test/);
  const { event = "", ...others } = { ...attributes };
  assert.deepEqual(others, { pipeline: "run", stage: "catchErrors#0/try/map#1" });
  assert.equal(JSON.parse(event).host, "h0");
});

test("the stages inside start anew, those around them keep their state", () => {
  const counts = [counter(), catchErrors([map((e) => e.with({ metric: 1 })), counter(), dies(3)], [bitBucket()])];
  assert.deepEqual(shown(outcome(counts, metrics(1, 1, 1, 1, 1))), [1, 2, 1, 2]);
  const above = [catchErrors([bomb(), counter()], [bitBucket()]), counter()];
  assert.deepEqual(shown(outcome(above, metrics(5, 0, 5))), [5, 10]);
});

/** Throws when the metric has come to a limit. */
function dies(at: number): Stage {
  return map((e) => {
    if (e.metric === at) throw new Error("too much");
    return e;
  });
}

test("stages below the one that threw first finish what they hold", () => {
  const got = outcome([catchErrors([bomb(), fixedEventWindow(10), sflatten()], [])], metrics(1, 2, 0, 3));
  assert.deepEqual(shown(got), [1, 2, "TypeError: boom"]);
});

test("under by a throw costs its own key the state alone", () => {
  const each = by("host", [catchErrors([counter(), dies(3)], [bitBucket()])]);
  const steps = ["a", "b", "a", "a", "b", "a"].map((host) => ({ host, metric: 1 }));
  assert.deepEqual(
    outcome([each], steps).events.map((e) => `${e.host}${e.metric}`),
    ["a1", "b1", "a2", "b2", "a1"],
  );
  const around = catchErrors([by("host", [counter(), dies(3)])], [bitBucket()]);
  assert.deepEqual(
    outcome([around], steps).events.map((e) => `${e.host}${e.metric}`),
    ["a1", "b1", "a2", "b1", "a1"],
  );
});

test("a throw of a timer is caught too, also one that comes again and again", () => {
  const ticks = stage("ticks", ({ clock, emit }) => {
    clock.every(1, () => {
      throw new Error("in a timer");
    });
    return emit;
  });
  const got = outcome([catchErrors([ticks], [])], [wait(2.5), ...metrics(1)]);
  assert.deepEqual(shown(got), ["Error: in a timer", "Error: in a timer", 1]);
  assert.deepEqual(
    got.values.map(({ at }) => at),
    [1, 2, 2.5],
  );
  assert.equal(got.events[0]?.attributes.event, undefined);
});

test("a rejected promise is caught too, of an event and of work in the background", async () => {
  const late = stage("late", (context) => async (e) => {
    await undefined;
    if (e.metric === 0) throw new Error("of an event");
    if (e.metric === 9) context.background(Promise.reject(new Error("in the background")));
    context.emit(e);
  });
  const got: unknown[] = [];
  const note = stage("note", ({ emit }) => (e) => {
    got.push(e.service === null ? e.metric : e.description);
    emit(e);
  });
  const { offer, turns, report } = rig([catchErrors([late], []), note]);
  offer(1);
  await turns();
  offer(0);
  await turns();
  offer(2);
  await turns();
  offer(9);
  await turns();
  assert.deepEqual(got, [1, "of an event", 2, 9, "in the background"]);
  assert.equal(report().restarts, 0);
  assertBalanced(report());
});

test("stages whose work in the background fails at once, each time they start, leave the thread to others", async () => {
  let starts = 0;
  const fails = stage("fails", ({ background, emit }) => {
    if (starts++ < 1000) background(Promise.reject(new Error("at once")));
    return emit;
  });
  const { turns, report } = rig([catchErrors([fails], [])]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(starts, 1);
  await turns();
  assert.deepEqual([starts, report().emitted, report().restarts], [1001, 1000, 0]);
});

test("what waits behind a stage that rejects is lost with its restart, counted", async () => {
  const late = map(async (e) => {
    await undefined;
    if (e.metric === 0) throw new Error("no");
    return e;
  });
  const { offer, out, turns, report } = rig([catchErrors([late], [bitBucket()])]);
  offer(0, 1, 2);
  await turns();
  offer(3);
  await turns();
  assert.deepEqual(out, [3]);
  const { lost } = report().stages[1] ?? {};
  assert.deepEqual([lost?.crash, lost?.restart], [1, 2]);
  assertBalanced(report());
});

test("a throw below, and one in onError, are the pipeline's", () => {
  const below = outcome([catchErrors([counter()], [bitBucket()]), bomb()], metrics(1, -1, 2), true);
  assert.deepEqual([shown(below), below.ledger.restarts], [[1, 2], 1]);
  const inError = outcome([catchErrors([bomb()], [map(() => raise("in onError"))])], metrics(1, 0, 2), true);
  assert.deepEqual([shown(inError), inError.ledger.restarts], [[1, 2], 1]);
});

function raise(message: string): never {
  throw new Error(message);
}

test("the innermost one catches, and the one around it what its onError throws", () => {
  const inner = catchErrors([bomb()], [map((e) => (e.host === "h0" ? raise("in onError") : e))]);
  const got = outcome([catchErrors([inner], [])], metrics(1, 0, 2));
  assert.deepEqual(shown(got), [1, "Error: in onError", 2]);
  assert.equal(got.events[1]?.attributes.stage, "catchErrors#0/try/catchErrors#0/onError/map#0");
  const quiet = outcome([catchErrors([catchErrors([bomb()], [])], [bitBucket()])], metrics(1, 0, 2));
  assert.deepEqual(shown(quiet), [1, "TypeError: boom", 2]);
});

test("stages that do not start any more restart the pipeline", () => {
  let starts = 0;
  const moody = stage("moody", ({ emit }) => {
    if (++starts === 2) raise("not again");
    return emit;
  });
  const got = outcome([catchErrors([bomb(), moody], [])], metrics(1, 0, 2), true);
  assert.deepEqual([shown(got), got.ledger.restarts], [[1, "TypeError: boom", 2], 1]);
  assert.match(String(got.log[0]?.fields.error), /moody#1 threw while it started: not again/);
});

test("a throw while the stages give out what they hold at a stop is told as well", async () => {
  const got: unknown[] = [];
  const note = stage("note", ({ emit }) => (e) => {
    got.push(e.description);
    emit(e);
  });
  const last = stage("last", ({ emit }) => ({ onEvent: emit, flush: async () => raise("at the end") }));
  const { supervisor, report } = rig([catchErrors([last], [note])]);
  await supervisor.stop();
  assert.deepEqual(got, ["at the end"]);
  assertBalanced(report());
});

/** Chains that throw here and there, in lists inside lists; some of their stages may await. */
const chains = (mayAwait: boolean) =>
  fc.letrec<{ chain: Stage[]; stage: Stage }>((tie) => ({
    chain: fc.array(tie("stage"), { maxLength: 4, depthIdentifier: "chains" }),
    stage: fc.oneof(
      { depthSize: "small", depthIdentifier: "chains" },
      fc.constantFrom(pass(), counter(), throttle(3, 1)),
      fc.integer({ min: 2, max: 9 }).map((n) =>
        map((e) => {
          if (Math.round(e.metric ?? 0) % n === 0) throw new Error("by chance");
          return e;
        }),
      ),
      fc.integer({ min: 2, max: 9 }).map((n) => (mayAwait ? lateBomb(n) : pass())),
      fc.tuple(tie("chain"), tie("chain")).map(([stages, onError]) => catchErrors(stages, onError)),
      tie("chain").map((stages) => by("host", stages, { max: 2 })),
      tie("chain").map((stages) => tee(stages)),
      fc.constant(catchErrors([fixedEventWindow(3), sflatten()], [])),
    ),
  })).chain;

test("wherever stages throw, the books balance and no timer is left; caught around all of it, nothing restarts", () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ host: fc.constantFrom("a", "b", "c"), metric: fc.integer({ min: 0, max: 20 }) }),
      fc.constant(wait(1)),
    ),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(chains(false), steps, (chain, given) => {
      outcome(chain, given, true);
      const caught = outcome([catchErrors(chain, [bitBucket()])], given);
      assert.deepEqual([caught.ledger.restarts, caught.log.filter(({ level }) => level === "error")], [0, []]);
    }),
    { numRuns: rounds(75) },
  );
});

const lateBomb = (n: number) =>
  map(async (e) => {
    await undefined;
    if (Math.round(e.metric ?? 0) % n === 0) throw new Error("late");
    return e;
  });

test("that holds for stages that await, too, down to the last event at a stop", async () => {
  const batches = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(chains(true), batches, fc.boolean(), async (chain, given, isHasty) => {
      const { supervisor, offer, turns, report, clock } = rig([catchErrors(chain, [bitBucket()])]);
      for (const batch of given) {
        offer(...batch);
        if (!isHasty) await turns();
      }
      const stopped = supervisor.stop();
      await turns();
      await stopped;
      assertBalanced(report());
      assert.deepEqual([clock.timers, report().restarts, report().inbox], [0, 0, 0]);
      for (const { place, waiting, lost } of report().stages)
        assert.deepEqual([place, waiting, lost.stop], [place, 0, 0]);
    }),
    { numRuns: rounds(50) },
  );
});

test("refuses what is no list of stages", () => {
  // @ts-expect-error the list is missing
  assert.throws(() => catchErrors(bomb(), []), { code: "FTS_NOT_A_STAGE", message: /^catchErrors\(stages\): must be/ });
  // @ts-expect-error the parentheses are missing
  assert.throws(() => catchErrors([bomb()], [bitBucket]), {
    message: /^catchErrors\(onError\): element 0 is the function/,
  });
});
