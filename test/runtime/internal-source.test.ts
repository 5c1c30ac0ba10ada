import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { event } from "../../src/core/event.ts";
import { InternalSource } from "../../src/runtime/internal-source.ts";
import { Reinjector } from "../../src/runtime/reinjector.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { decodeMsg, encodeFrame } from "../../src/wire/codec.ts";
import { HEADER } from "../../src/wire/frames.ts";
import { FakeIntake } from "../ingest/fake-intake.ts";

const frame = (service: string) => encodeFrame({ events: [{ service }] });

test("a frame is taken in a turn of its own, as if it had come in", async () => {
  const intake = new FakeIntake();
  const internal = new InternalSource(intake, () => {});
  const fate = internal.give(frame("a"));
  assert.equal(intake.offered.length, 0);
  assert.equal(await fate, null);
  assert.deepEqual(intake.offered.length, 1);
});

test("while senders are held up frames wait, in order, and go in before the senders go on", async () => {
  const intake = new FakeIntake();
  let released = 0;
  const internal = new InternalSource(intake, () => void released++);
  intake.isHeld = true;
  const fates = [internal.give(frame("a")), internal.give(frame("b"))];
  await turn();
  assert.equal(intake.offered.length, 0);
  intake.isHeld = false;
  internal.relieved();
  assert.equal(released, 0);
  assert.deepEqual(await Promise.all(fates), [null, null]);
  await turn();
  assert.deepEqual([intake.offered.length, released], [2, 1]);
});

test("many frames are taken in several turns, in their order", async () => {
  const intake = new FakeIntake();
  const internal = new InternalSource(intake, () => {});
  // An event a byte: three of these are more than 1,024.
  const long = encodeFrame({ events: Array.from({ length: 100 }, () => ({ service: "a" })) });
  const fates = [long, long, long, long].map((one) => internal.give(one));
  const flushes: number[] = [];
  for (let n = 0; n < 3; n++) {
    await turn();
    flushes.push(intake.offered.length);
  }
  assert.deepEqual(flushes, [3, 4, 4]);
  assert.deepEqual(await Promise.all(fates), [null, null, null, null]);
});

test("at a stop what waits is refused, and so is what comes later", async () => {
  const intake = new FakeIntake();
  const internal = new InternalSource(intake, () => {});
  intake.isHeld = true;
  const waiting = internal.give(frame("a"));
  internal.stop();
  assert.deepEqual([await waiting, await internal.give(frame("b"))], ["refused", "refused"]);
});

test("what a thread reinjects in one turn is one frame, and 10,000 events may wait", async () => {
  const frames: Buffer[] = [];
  let open = (_: null): void => {};
  const reinjector = new Reinjector(new VirtualClock(), (bytes) => {
    frames.push(bytes);
    return new Promise((resolve) => {
      open = resolve;
    });
  });
  const fates = Array.from({ length: 10_001 }, (_, metric) => reinjector.reinject(event({ metric, time: 1 }), "p"));
  assert.equal(await fates.at(-1), "overflow");
  assert.equal(frames.length, 1);
  const events = decodeMsg(frames[0]?.subarray(HEADER) ?? Buffer.alloc(0)).events ?? [];
  assert.deepEqual([events.length, events.at(-1)?.metric_f], [10_000, 9_999]);
  open(null);
  assert.deepEqual(new Set(await Promise.all(fates.slice(0, -1))), new Set([null]));
  void reinjector.reinject(event({ metric: 1, time: 1 }), "p");
  await turn();
  assert.equal(frames.length, 2, "there is room again");
});

test("an event that cannot be written is told to have failed", async () => {
  const reinjector = new Reinjector(new VirtualClock(), () => assert.fail("nothing is to be given"));
  const broken = event({ time: 1 }).with({
    tags: new Proxy(["a"], { get: (of, key) => (key === "length" ? 1 : (Reflect.get({}, key) ?? of)) }),
  });
  assert.equal(await reinjector.reinject(broken, "p"), "failed");
});
