import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { SharedPage } from "../../src/http/shared-page.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** A page that is its number, as it was when its rendering began; `worked` seconds are what each rendering takes. */
function numbered(worked = 0) {
  const clock = new VirtualClock();
  let renderings = 0;
  let end = (): void => {};
  const page = new SharedPage(
    async (slices) => {
      const number = ++renderings;
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      slices.worked += worked;
      if (number === 2) throw new Error("no");
      return `${number}`;
    },
    clock,
    () => 0,
  );
  const get = async (): Promise<string> => String(await page.get());
  const finish = async (): Promise<void> => {
    end();
    for (let n = 0; n < 10; n++) await Promise.resolve();
  };
  return { clock, get, finish, count: () => renderings };
}

test("all who ask while it is rendered share the next rendering, which begins then", async () => {
  const { clock, get, finish, count } = numbered();
  const first = get();
  const others = [get(), get()];
  await finish();
  assert.equal(await first, "1");
  assert.equal(count(), 1);
  clock.advanceTo(0.05);
  assert.equal(count(), 2, "one for all who wait");
  const after = get();
  await finish();
  for (const asked of others) await assert.rejects(asked, /no/);
  clock.advanceTo(0.2);
  await finish();
  assert.equal(await after, "3", "what failed is tried again, for those who came after it began");
});

for (const [readers, period] of [
  [1, 0.05],
  [10, 0.5],
  [20, 1],
  [256, 1],
] as const)
  test(`it is rendered every ${period} s for ${readers} who ask again and again`, async () => {
    const { clock, get, finish, count } = numbered();
    const isAsking = new Array<boolean>(readers).fill(false);
    let given = 0;
    for (let now = 0; now < 20; now += 0.01) {
      for (const [reader, asks] of isAsking.entries()) {
        if (asks) continue;
        isAsking[reader] = true;
        const over = (): void => {
          isAsking[reader] = false;
          given++;
        };
        get().then(over, over);
      }
      await finish();
      clock.advanceTo(now);
    }
    assert.ok(Math.abs(count() - 20 / period) < 0.25 * (20 / period), `${count()} renderings`);
    assert.ok(given > 0.7 * readers * count(), `${given} pages for ${readers} readers in ${count()} renderings`);
  });

test("what takes long is rendered less often: twenty times as much rest as work", async () => {
  const { clock, get, finish, count } = numbered(0.2);
  const first = get();
  await finish();
  await first;
  for (let n = 0; n < 5; n++) await turn(); // a slice may be used up, on a busy machine
  void get();
  clock.advanceTo(3.9);
  await turn();
  assert.equal(count(), 1);
  clock.advanceTo(8); // the work of this test itself counts as well, so that it is not four seconds to the millisecond
  assert.equal(count(), 2);
});

test("no reader waits for longer than 8 s", async () => {
  const { clock, get, finish, count } = numbered(5);
  const first = get();
  await finish();
  await first;
  for (let n = 0; n < 5; n++) await turn(); // a slice may be used up, on a busy machine
  void get();
  clock.advanceTo(8);
  assert.equal(count(), 2);
});
