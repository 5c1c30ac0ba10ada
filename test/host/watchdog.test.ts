import assert from "node:assert/strict";
import { test } from "node:test";
import { LOOK_SECONDS, Watchdog } from "../../src/host/watchdog.ts";
import type { ThreadTimes } from "../../src/system/thread-times.ts";

/** What a thread does between two looks: seconds on a processor, seconds it waited for one, and how it is found. */
interface Interval {
  readonly ran?: number;
  readonly waited?: number;
  readonly isRunnable?: boolean;
  readonly beats?: boolean;
  /** Seconds between the looks. */
  readonly seconds?: number;
}

const LOOPS: Interval = { ran: LOOK_SECONDS, isRunnable: true };
const STARVES: Interval = { ran: 0.0001, isRunnable: true };
const SLEEPS: Interval = { ran: 0, isRunnable: false };

/** A watchdog of a thread that has started, unless `isStarting`. */
function watched({ isStarting = false, tells = true } = {}) {
  const thread = { beat: 0, isDecoding: false, isInTheWay: false };
  const other = { share: 0, ran: 0 };
  let now = 100;
  let times: ThreadTimes = { ran: 7, waited: 3, isRunnable: true };
  const watchdog = new Watchdog({
    ring: {
      beat: () => thread.beat,
      threadId: () => 4711,
      isDecoding: () => thread.isDecoding,
      isInTheWay: () => thread.isInTheWay,
    },
    worker: 0,
    clock: { elapsed: () => now },
    threads: {
      others: () => (tells ? [4711, 4712] : []),
      times(threadId) {
        if (!tells) return null;
        return threadId === 4711 ? times : { ran: other.ran, waited: 0, isRunnable: other.share > 0 };
      },
    },
  });
  const pass = ({ ran = 0, waited = 0, isRunnable = false, beats = false, seconds = LOOK_SECONDS }: Interval) => {
    now += seconds;
    times = { ran: times.ran + ran, waited: times.waited + waited, isRunnable };
    other.ran += other.share * seconds;
    if (beats) thread.beat++;
    return watchdog.look();
  };
  /** Lets time pass in such intervals until a hang is found; returns after how many seconds, or null when none is in ten minutes. */
  const secondsToHang = (interval: Interval): number | null => {
    const begun = now;
    while (now - begun < 600) if (pass(interval) !== null) return now - begun;
    return null;
  };
  watchdog.started();
  if (!isStarting) pass({ beats: true });
  return { thread, other, pass, secondsToHang };
}

function between(least: number, seconds: number | null, most: number): void {
  assert.ok(seconds !== null && seconds >= least && seconds <= most, `found after ${seconds} s`);
}

test("a thread that runs without a sign of life hangs after 5 s, or after 1 s when the others wait for it", () => {
  between(5, watched().secondsToHang(LOOPS), 5.5);
  const { thread, secondsToHang } = watched();
  thread.isInTheWay = true;
  between(1, secondsToHang(LOOPS), 1.5);
});

test("a thread that sleeps without a sign of life hangs as well", () =>
  between(5, watched().secondsToHang(SLEEPS), 5.5));

test("a thread that gets no processor does not hang, however long it takes", () => {
  assert.equal(watched().secondsToHang(STARVES), null);
  const { thread, secondsToHang } = watched();
  thread.isInTheWay = true;
  assert.equal(secondsToHang(STARVES), null);
});

test("one that sleeps while another thread of the process starves may wait for that: its sleep counts a tenth", () => {
  const { other, secondsToHang } = watched();
  other.share = 0.01;
  between(48, secondsToHang(SLEEPS), 51);
  const beside = watched();
  beside.other.share = 0.9;
  between(5, beside.secondsToHang(SLEEPS), 5.75);
});

test("nor does one that starved and is found asleep: what it waited does not count", () =>
  assert.equal(watched().secondsToHang({ ...SLEEPS, waited: LOOK_SECONDS }), null));

test("a thread that loops on a busy machine hangs when it had 5 s of a processor", () =>
  between(20, watched().secondsToHang({ ...LOOPS, ran: LOOK_SECONDS / 4 }), 21));

test("each sign of life begins the time anew", () => {
  const { pass, secondsToHang } = watched();
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 19; n++) assert.equal(pass(LOOPS), null);
    assert.equal(pass({ ...LOOPS, beats: true }), null);
  }
  between(5, secondsToHang(LOOPS), 5.5);
});

test("where the system tells nothing the clock counts", () => {
  between(5, watched({ tells: false }).secondsToHang(STARVES), 5.5);
});

test("but not the time in which the thread that looks had to wait itself", () => {
  const { pass } = watched({ tells: false });
  for (let n = 0; n < 15; n++) assert.equal(pass({ ...STARVES, seconds: 60 }), null);
});

test("a new thread has 60 s until its first sign of life, and 5 s from then on", () => {
  between(60, watched({ isStarting: true }).secondsToHang(SLEEPS), 61);
  const { pass, secondsToHang } = watched({ isStarting: true });
  for (let n = 0; n < 59 / LOOK_SECONDS; n++) assert.equal(pass(LOOPS), null);
  assert.equal(pass({ ...LOOPS, beats: true }), null);
  between(5, secondsToHang(LOOPS), 5.5);
});

test("it says what the thread was at", () => {
  const messageOf = (isStarting: boolean, isDecoding: boolean): string | undefined => {
    const { thread, pass } = watched({ isStarting });
    thread.isDecoding = isDecoding;
    for (;;) {
      const hang = pass(LOOPS);
      if (hang !== null) return hang.message;
    }
  };
  assert.equal(messageOf(false, false), "worker hangs: user code does not return, the worker is replaced");
  assert.equal(messageOf(false, true), "worker hangs: a message is not decoded, the worker is replaced");
});
