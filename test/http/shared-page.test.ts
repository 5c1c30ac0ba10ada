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
  const page = new SharedPage(async (slices) => {
    const number = ++renderings;
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    slices.worked += worked;
    if (number === 2) throw new Error("no");
    return `${number}`;
  }, clock);
  const get = async (): Promise<string> => String(await page.get());
  const finish = async (): Promise<void> => {
    end();
    for (let n = 0; n < 5; n++) await turn(); // also when the slice was used up, on a busy machine
  };
  return { clock, get, finish, count: () => renderings };
}

test("all who ask while it is rendered, or within a second, share the next rendering, which begins then", async () => {
  const { clock, get, finish, count } = numbered();
  const first = get();
  const others = [get(), get()];
  await finish();
  assert.equal(await first, "1");
  const late = get();
  clock.advanceTo(0.99);
  assert.equal(count(), 1);
  clock.advanceTo(1);
  assert.equal(count(), 2, "one for all who wait");
  const after = get();
  await finish();
  for (const asked of [...others, late]) await assert.rejects(asked, /no/);
  clock.advanceTo(2);
  await finish();
  assert.equal(await after, "3", "what failed is tried again, for those who came after it began");
});

test("one who asks alone, once in a while, does not wait", async () => {
  const { clock, get, finish, count } = numbered();
  const first = get();
  await finish();
  await first;
  clock.advanceTo(15);
  void get();
  assert.equal(count(), 2);
});

test("what takes long is rendered less often: twenty times as much rest as work", async () => {
  const { clock, get, finish, count } = numbered(0.2);
  const first = get();
  await finish();
  await first;
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
  void get();
  clock.advanceTo(8);
  assert.equal(count(), 2);
});
