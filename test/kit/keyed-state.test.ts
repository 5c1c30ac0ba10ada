import assert from "node:assert/strict";
import { test } from "node:test";
import { type KeyedStateOptions, keyedState, stage } from "../../src/index.ts";
import { perform, run, runTimed, wait } from "../../src/testing/index.ts";

type State = { events: number };

/** Emits each event with how many its key has had, and for an evicted key how many it had, as a negative number. */
function counting({ telling = false, ...options }: KeyedStateOptions<State> & { telling?: boolean } = {}) {
  let tell = (_: State): void => {};
  const onEvict = (state: State): void => tell(state);
  const series = keyedState("counting", ["host", "service"], () => ({ events: 0 }), {
    ...options,
    ...(telling && { onEvict }),
  });
  return stage("counting", (context) => {
    const seriesOf = series(context);
    tell = ({ events }) => context.emit(seen.with({ metric: -events }));
    let seen: Parameters<typeof context.emit>[0];
    return (event) => {
      seen = event;
      const state = seriesOf(event);
      state.events++;
      context.emit(event.with({ metric: state.events }));
    };
  });
}

const metrics = (events: readonly { metric: number | null }[]) => events.map(({ metric }) => metric);

test("each key has a state of its own, the same object each time", () => {
  const steps = [{ host: "a" }, { host: "a", service: "x" }, { host: "a" }, {}, { host: "a", service: "x" }, {}];
  assert.deepEqual(metrics(run([counting()], steps)), [1, 1, 2, 1, 2, 2]);
});

test("each run of the stage begins anew", () => {
  const stages = [counting()];
  assert.deepEqual(metrics(run(stages, [{}, {}])), [1, 2]);
  assert.deepEqual(metrics(run(stages, [{}])), [1]);
});

test("the longest idle key makes room, and begins anew", () => {
  const steps = ["a", "b", "a", "c", "a", "b"].map((host) => ({ host }));
  assert.deepEqual(metrics(run([counting({ max: 2, telling: true })], steps)), [1, 1, 2, -1, 1, 3, -1, 1]);
});

test("a key that was idle for its time is forgotten, in a turn of the stage", () => {
  const values = runTimed([counting({ ttl: 80, telling: true })], [{ host: "a" }, wait(100), { host: "a" }]);
  assert.deepEqual(
    values.map(({ at, value }) => [at, value.metric]),
    [
      [0, 1],
      [90, -1],
      [100, 1],
    ],
  );
});

test("a state that matters for a while is kept for twice that long", () => {
  const twice = (seconds: number) =>
    metrics(run([counting({ ttl: 80, memory: 1000 })], [{ host: "a" }, wait(seconds), { host: "a" }]));
  assert.deepEqual(
    [twice(1999), twice(2251)],
    [
      [1, 2],
      [1, 1],
    ],
  );
});

test("a state that lasts is kept until it equals a new one, lists and objects in it too", () => {
  const evicted = (state: unknown) => {
    const series = keyedState("lasting", "host", () => ({ last: null, open: [] as number[], by: { a: 1 } }), {
      memory: Number.POSITIVE_INFINITY,
    });
    const lasting = stage("lasting", (context) => {
      const stateOf = series(context);
      return (event) => void Object.assign(stateOf(event), state);
    });
    return perform([lasting], [{ host: "a" }, wait(1e6)]).ledger.stages[0]?.evicted.idle;
  };
  const equal = [{}, { open: [] }, { by: { a: 1 } }];
  const unlike = [
    { last: 0 },
    { open: [1] },
    { by: { a: 2 } },
    { by: { b: 1 } },
    { by: { a: 1, b: 1 } },
    { by: new Map() },
  ];
  assert.deepEqual(equal.map(evicted), [1, 1, 1]);
  assert.deepEqual(unlike.map(evicted), [0, 0, 0, 0, 0, 0]);
});

test("says what is wrong where it is written, and of which stage", () => {
  const make = () => ({});
  const wrong: [() => unknown, RegExp][] = [
    [() => keyedState("mine", "hots" as never, make), /^mine\(key\): must be one of host, .*, got "hots"/],
    [() => keyedState("mine", [], make), /^mine\(key\): must name at least one field/],
    [() => keyedState("mine", "host", {} as never), /^mine\(create\): must be a function/],
    [() => keyedState("mine", "host", make, { max: 0 }), /^mine\(max\): .*got 0/],
    [() => keyedState("mine", "host", make, { ttl: -1 }), /^mine\(ttl\): .*got -1/],
    [() => keyedState("mine", "host", make, { onEvict: 1 as never }), /^mine\(onEvict\): must be a function/],
    [() => keyedState("mine", "host", make, { memory: -1 }), /^mine\(memory\): must be a number >= 0, got -1/],
    [() => keyedState("mine", "host", make, { maxx: 1 } as never), /^mine.*maxx/],
  ];
  for (const [act, message] of wrong) assert.throws(act, { code: "FTS_STAGE_OPTION", message });
});
