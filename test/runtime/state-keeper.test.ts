import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { event } from "../../src/core/event.ts";
import { stage } from "../../src/core/stage.ts";
import type { Plain } from "../../src/core/state.ts";
import { NOTHING_KEPT, type SavedState } from "../../src/runtime/kept-state.ts";
import * as s from "../../src/stages/index.ts";
import { encodePlain } from "../../src/state/plain-writer.ts";
import { StepClock } from "../core/step-clock.ts";
import { Keeping, turn } from "./keeping.ts";

const metrics = (out: readonly unknown[]): unknown[] =>
  JSON.parse(JSON.stringify(out)).map((one: { metric: number }) => one.metric);

test("whether a pipeline can be handed over is found out without saving it", async () => {
  let [saves, settle] = [0, (): void => {}];
  const slow = stage("slow", ({ keeps, emit }) => {
    keeps({ save: () => ++saves, restore() {} });
    return (value) => new Promise<void>((resolve) => (settle = resolve)).then(() => emit(value));
  });
  const keeping = new Keeping([slow]);
  keeping.offer(1);
  let isSettled = false;
  const settling = keeping.keeper.settle([keeping.running]).then(() => (isSettled = true));
  keeping.advance(0.5);
  await turn();
  assert.equal(isSettled, false, "it awaits something");
  settle();
  await turn();
  keeping.advance(0.1);
  await settling;
  assert.equal(saves, 0);
});

describe("a pipeline that starts with what was saved", () => {
  test("goes on with it", async () => {
    const first = new Keeping([s.counter()]);
    first.offer(1, 1);
    const second = new Keeping([s.counter()], await first.save());
    second.offer(1);
    assert.deepEqual(metrics(second.out), [3]);
  });

  test("begins anew, and has it set aside, when it throws before it is saved again", async () => {
    const throws = stage("throws", ({ emit, state }) => {
      const own = state(() => ({ sum: 0 }));
      return (one) => {
        own.sum += one.metric ?? 0;
        if (own.sum > 5) throw new Error("too much");
        emit(one.with({ metric: own.sum }));
      };
    });
    const first = new Keeping([throws]);
    first.offer(5);
    const second = new Keeping([throws], await first.save());
    second.offer(1, 2);
    assert.deepEqual(metrics(second.out), [2]);
    const { spoiled, saved } = await second.save();
    assert.deepEqual([spoiled.map(({ name }) => name), saved.length], [["p"], 1]);
    const { spoiled: again } = await second.save();
    assert.deepEqual(again, []);
  });

  test("begins anew, and has it set aside, when what several workers saved fits no pipeline and no index", async () => {
    const saved = (name: string, worker: number, value: Plain): SavedState => {
      const from = `${name}\0host ${worker} of 2`;
      return { name, from, now: 0, elapsed: 0, position: -1, bytes: encodePlain(value) };
    };
    const parts = [1, 2].flatMap((worker) => [
      saved("p", worker, { now: 0, elapsed: 0, layout: [[7]], run: [[1]] }),
      saved("\0index", worker, "no index"),
    ]);
    const keeping = new Keeping([s.counter(), s.index()], { ...NOTHING_KEPT, saved: parts });
    keeping.offer(1, 1);
    assert.deepEqual(metrics(keeping.out), [1, 2]);
    const names = keeping.kept.flatMap(({ spoiled }) => spoiled.map(({ name }) => name));
    assert.deepEqual(new Set(names), new Set(parts.map(({ from }) => from)));
  });

  test("begins anew, and has it set aside, when it is damaged", async () => {
    const bytes = [Buffer.from("FTSTATE\u0001damaged")];
    const keeping = new Keeping([s.counter()], {
      ...NOTHING_KEPT,
      saved: [{ name: "p", now: 0, elapsed: 0, position: -1, bytes }],
    });
    keeping.offer(1);
    assert.deepEqual(metrics(keeping.out), [1]);
    assert.deepEqual(
      keeping.kept[0]?.spoiled.map(({ name }) => name),
      ["p"],
    );
  });
});

describe("that a pipeline goes on with its state is said", () => {
  for (const [what, isSaid, stages] of [
    ["of one that keeps something", true, [s.scale(2), s.counter()]],
    ["of one that keeps something in a branch", true, [s.tee([s.scale(2)], [s.scale(2), s.counter()])]],
    ["of none that keeps nothing", false, [s.scale(2), s.tee([s.scale(2)], [s.bitBucket()])]],
  ] as const) {
    test(`${what}, after a restart`, async () => {
      const first = new Keeping(stages);
      first.offer(1, 1);
      const second = new Keeping(stages, await first.save());
      const restored = second.kept.flatMap((one) => one.restored.map(({ pipeline }) => pipeline));
      assert.deepEqual(restored, isSaid ? ["p"] : []);
    });

    test(`${what}, after an edit`, async () => {
      const keeping = new Keeping(stages);
      keeping.offer(1, 1);
      await keeping.edit([...stages, s.tag("edited")]);
      assert.deepEqual(keeping.lines, isSaid ? ["edited pipeline goes on with its state"] : []);
    });
  }
});

describe("a pipeline with many keys", () => {
  const HOSTS = Array.from({ length: 200 }, (_, number) => `host ${number}`);
  const offer = ({ running, clock }: Keeping, metric = 1): void =>
    running.offer(HOSTS.map((host) => event({ host, metric, time: clock.now() })));

  test("is saved as it was before the events that come meanwhile", async () => {
    const first = new Keeping([s.by("host", [s.counter()])]);
    offer(first);
    let slices = 0;
    first.between = () => {
      if (slices++ > 0) offer(first);
    };
    const saved = await first.save();
    assert.ok(slices > 5, `${slices} slices`);
    const second = new Keeping([s.by("host", [s.counter()])], saved);
    offer(second);
    assert.deepEqual(new Set(metrics(second.out)), new Set([2]));
  });

  test("is saved anew when it throws meanwhile", async () => {
    const throws = stage(
      "throws",
      ({ emit }) =>
        (one) => {
          if (one.metric === 0) throw new Error("zero");
          emit(one);
        },
      { memory: 0 },
    );
    const first = new Keeping([s.by("host", [s.counter()]), throws]);
    offer(first);
    let slices = 0;
    first.between = () => {
      if (slices++ !== 3) return;
      offer(first, -1);
      offer(first, 5);
    };
    const { saved, skipped } = await first.save();
    assert.deepEqual([saved.length, skipped.length], [1, 0]);
    const second = new Keeping([s.by("host", [s.counter()]), throws], { ...NOTHING_KEPT, saved });
    for (const one of [first, second]) offer(one);
    assert.deepEqual(metrics(second.out), metrics(first.out.slice(-HOSTS.length)));
  });
});

test("the index of before does not grow older by the time for which nothing ran", async () => {
  const first = new Keeping([s.index()]);
  first.offer(1);
  const saved = await first.save();
  const clock = new StepClock(first.clock.elapsed());
  clock.offset = 8 * 3600;
  const second = new Keeping([s.index()], saved, { clock });
  second.advance(50);
  assert.equal(second.indexed, 1);
  second.advance(20);
  assert.equal(second.indexed, 0);
});

describe("an edited pipeline", () => {
  test("goes on with what the old one had, which gives nothing out", async () => {
    const keeping = new Keeping([s.fixedEventWindow(3), s.sflatten()]);
    keeping.offer(1, 2);
    await keeping.edit([s.fixedEventWindow(3), s.sflatten(), s.counter()]);
    assert.deepEqual(keeping.out, []);
    keeping.offer(3);
    assert.deepEqual(metrics(keeping.out), [1, 3, 6]);
  });

  test("leaves the old one no alarm", async () => {
    const keeping = new Keeping([s.rate(5)]);
    keeping.offer(10);
    await keeping.edit([s.rate(5), s.counter()]);
    keeping.advance(6);
    assert.deepEqual(metrics(keeping.out), [2]);
  });

  test("gets what stages hold that keep nothing", async () => {
    const holds = stage("holds", ({ emit }) => {
      let sum = 0;
      return {
        onEvent: (one) => {
          sum += one.metric ?? 0;
        },
        flush: () => emit(event({ metric: sum, time: 0 })),
      };
    });
    const keeping = new Keeping([holds]);
    keeping.offer(1, 2);
    await keeping.edit([holds, s.counter()]);
    assert.deepEqual(metrics(keeping.out), [3]);
  });
});

for (const position of [undefined, () => 7])
  test(`a pipeline that was handed over, and its index, are not saved any more, with ${position ? "a" : "no"} journal`, async () => {
    const keeping = new Keeping([s.counter(), s.index()], NOTHING_KEPT, { position });
    keeping.offer(1, 2);
    const namesOf = (all: readonly SavedState[]): readonly string[] => all.map(({ name }) => name);
    const before = await keeping.save();
    const handed = keeping.keeper.handOver([keeping.running]);
    assert.deepEqual(
      [namesOf(before.saved), namesOf(handed)],
      [
        ["p", "\0index"],
        ["p", "\0index"],
      ],
    );
    const { saved, skipped } = await keeping.save();
    assert.deepEqual([saved, skipped, keeping.lines], [[], [], []]);
  });

test("a pipeline that was handed over and not replaced ends with what was handed over", async () => {
  const keeping = new Keeping([s.counter(), s.rate(5)]);
  keeping.offer(1, 2);
  const [handed] = keeping.keeper.handOver([keeping.running]);
  const bytesOf = (one: SavedState | undefined): Buffer => Buffer.concat(one?.bytes ?? []);
  await keeping.running.stop();
  keeping.keeper.keepLast([keeping.running], []);
  assert.deepEqual(bytesOf(keeping.kept.at(-1)?.saved[0]), bytesOf(handed));
  assert.deepEqual(keeping.out.length, 0);
});

test("a pipeline whose stage awaits something for too long is skipped", async () => {
  const keeping = new Keeping([s.map(() => new Promise<never>(() => {}))]);
  keeping.offer(1);
  const { saved, skipped } = await keeping.save();
  assert.deepEqual([saved, skipped], [[], ["p"]]);
});

test("a stage that keeps its state for itself is named once", async () => {
  const forgets = stage("forgets", () => () => {});
  const keeping = new Keeping([forgets]);
  await keeping.save();
  await keeping.save();
  assert.deepEqual(keeping.lines, ["a restart forgets the state of some stages"]);
});

test("alerts are not told of as forgotten: they are kept elsewhere", async () => {
  const alert = s.alert([s.bitBucket()], { by: "host", trigger: () => true, resolve: () => false, repeat: 60 });
  const keeping = new Keeping([alert]);
  keeping.offer(1);
  await keeping.save();
  assert.deepEqual(keeping.lines, []);
});
