import assert from "node:assert/strict";
import { test } from "node:test";
import { type KeyedStateOptions, keyedState, stage } from "../../src/index.ts";
import { run, runTimed, wait } from "../../src/testing/index.ts";

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

test("says what is wrong where it is written, and of which stage", () => {
  const make = () => ({});
  const wrong: [() => unknown, RegExp][] = [
    [() => keyedState("mine", "hots" as never, make), /^mine\(key\): must be one of host, .*, got "hots"/],
    [() => keyedState("mine", [], make), /^mine\(key\): must name at least one field/],
    [() => keyedState("mine", "host", {} as never), /^mine\(create\): must be a function/],
    [() => keyedState("mine", "host", make, { max: 0 }), /^mine\(max\): .*got 0/],
    [() => keyedState("mine", "host", make, { ttl: -1 }), /^mine\(ttl\): .*got -1/],
    [() => keyedState("mine", "host", make, { onEvict: 1 as never }), /^mine\(onEvict\): must be a function/],
    [() => keyedState("mine", "host", make, { maxx: 1 } as never), /^mine.*maxx/],
  ];
  for (const [act, message] of wrong) assert.throws(act, { code: "FTS_STAGE_OPTION", message });
});
