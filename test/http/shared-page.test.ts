import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { SharedPage } from "../../src/http/shared-page.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { randomNumbers } from "../e2e/mutants.ts";

/** A page that is the time when its rendering began; each rendering takes `work` seconds of it, each reader `send`. */
function timed({ work = 0, send = 0, fails = (_begun: number): boolean => false } = {}) {
  const clock = new VirtualClock();
  const begun: number[] = [];
  const page = new SharedPage(async (writer) => {
    const now = clock.elapsed();
    begun.push(now);
    clock.advanceTo(now + work);
    if (fails(now)) throw new Error(`failed at ${now}`);
    await writer.write(`${now}`);
  }, clock);
  /** What a reader gets, and when it came and got it. */
  const get = async (isNew = false) => {
    const came = clock.elapsed();
    let shown = Number.NaN;
    await page.get((body) => {
      shown = Number(body);
      clock.advanceTo(clock.elapsed() + send);
    }, isNew);
    return { came, shown, got: clock.elapsed(), isNew };
  };
  /** Lets everything happen until `time`. */
  const until = async (time: number) => {
    for (;;) {
      for (let n = 0; n < 40 && (n < 4 || clock.timers === 0); n++) await turn();
      if (clock.nextDue > time) break;
      clock.advanceTo(clock.nextDue);
    }
    clock.advanceTo(time);
  };
  return { clock, begun, get, until };
}

test("the first reader, and one who comes after a second, are shown a new page at once", async () => {
  const { get, until } = timed();
  assert.deepEqual(await get(), { came: 0, shown: 0, got: 0, isNew: false });
  await until(1);
  assert.deepEqual(await get(), { came: 1, shown: 1, got: 1, isNew: false });
  await until(5);
  assert.deepEqual(await get(), { came: 5, shown: 5, got: 5, isNew: false });
});

test("who comes within the second is shown its page at once", async () => {
  const { get, until, begun } = timed();
  await get();
  await until(0.5);
  assert.deepEqual(await get(), { came: 0.5, shown: 0, got: 0.5, isNew: false });
  await until(0.999);
  assert.equal((await get()).shown, 0);
  assert.deepEqual(begun, [0]);
});

test("who asks for a new page is shown one as soon as there is time for it", async () => {
  const { get, until, begun } = timed({ work: 0.08 });
  await get();
  await until(0.5);
  const fresh = get(true);
  await until(2);
  const { shown } = await fresh;
  assert.equal(shown.toFixed(6), "1.480000"); // 2.4 s of rest, of which one was saved
  assert.deepEqual(begun, [0, shown]);
});

test("a page that cannot be rendered is not tried again within the second: all are told", async () => {
  const { get, until, begun } = timed({ fails: (now) => now === 0 });
  await assert.rejects(get(), /failed at 0/);
  await until(0.5);
  await assert.rejects(get(), /failed at 0/);
  await until(1);
  assert.equal((await get()).shown, 1);
  assert.deepEqual(begun, [0, 1]);
});

test("a reader that cannot be sent its page is told, and the next ones are served", async () => {
  const { get } = timed();
  await get();
  const page = new SharedPage(async () => {}, new VirtualClock());
  const broken = page.get(() => {
    throw new Error("gone");
  });
  let isServed = false;
  const next = page.get(() => {
    isServed = true;
  });
  await assert.rejects(broken, /gone/);
  await next;
  assert.ok(isServed);
});

for (const [work, send] of [
  [0, 0],
  [0.001, 0.0001],
  [0.02, 0.0003],
  [0.2, 0.01],
] as const)
  test(`whoever comes when: a rendering a second unless a new one is asked for, no page older than a second, in order; ${work} s to render, ${send} s to send`, async () => {
    const random = randomNumbers(work * 1000 + 1);
    const { get, until, begun, clock } = timed({ work, send });
    const all: Awaited<ReturnType<typeof get>>[] = [];
    let asked = 0;
    for (let time = 0; time < 30; time += random(2) === 0 ? 0.01 : random(100) / 50) {
      for (let readers = random(20); readers > 0; readers--, asked++)
        void get(random(10) === 0).then((one) => all.push(one));
      await until(Math.max(time, clock.elapsed()));
    }
    await until(clock.elapsed() + 300);
    assert.ok(asked > 100);
    assert.equal(all.length, asked, "all are answered");
    const news = all.filter(({ isNew }) => isNew);
    for (const [at, one] of begun.entries()) {
      const last = begun[at - 1] ?? Number.NEGATIVE_INFINITY;
      assert.ok(one - last >= 1 - 1e-9 || news.some(({ came, shown }) => came >= last && shown === one), `at ${one}`);
    }
    const rested = Math.min(4, (work + send) * 30);
    assert.ok(rested * (begun.length - 1) <= clock.elapsed() + 1 + rested, `${begun.length} renderings`);
    for (const { came, shown, isNew } of all) assert.ok(shown >= came - (isNew ? 0 : 1), `${came} is shown ${shown}`);
    const patient = all.filter(({ isNew }) => !isNew).map(({ came }) => came);
    assert.deepEqual(
      patient,
      [...patient].sort((a, b) => a - b),
      "first come, first served",
    );
  });

test("however many ask, rendering and sending take a thirtieth of the time", async () => {
  const { get, until, begun } = timed({ work: 0.02, send: 0.001 });
  let served = 0;
  let isOver = false;
  const ask = (): void => {
    if (!isOver)
      void get().then(() => {
        served++;
        ask();
      });
  };
  for (let reader = 0; reader < 100; reader++) ask();
  await until(60);
  isOver = true;
  const share = (served * 0.001 + begun.length * 0.02) / 60;
  assert.ok(share > 0.03 && share < 0.036, `${share} of the time for ${served} readers`);
});

test("no reader waits for a rendering to begin for longer than 4 s", async () => {
  const { get, until, begun } = timed({ work: 5 });
  await get();
  await until(5.1);
  void get();
  await until(14);
  assert.deepEqual(begun, [0, 9]);
});
