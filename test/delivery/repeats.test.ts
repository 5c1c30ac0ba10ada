import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import type { TargetScope, TargetSettings } from "../../src/core/target-port.ts";
import type { AlertMark } from "../../src/delivery/alert-mark.ts";
import { NOBODY } from "../../src/delivery/books.ts";
import { DeliveryFailure } from "../../src/delivery/failure.ts";
import { MESSAGE_DEFAULTS } from "../../src/delivery/options.ts";
import { Letter } from "../../src/delivery/rendered.ts";
import { Target } from "../../src/delivery/target.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { MemoryFiles } from "../state/memory-files.ts";
import { settled, VALUE } from "./target-rig.ts";

const SPILL = { dir: "/spill", maxBytes: 1024 ** 2, fsync: 1 } as const;

interface Message {
  readonly alerts: readonly AlertMark[];
  /** How many events it tells of. */
  readonly events: number;
  readonly number: number;
}

/** A target for people that is away until it `isUp`. */
class Away {
  readonly clock = new VirtualClock(1_000);
  readonly told: string[] = [];
  isUp = false;
  readonly target: Target<unknown>;

  constructor(settings: Partial<TargetSettings> = {}, files = new MemoryFiles()) {
    const line = (): void => {};
    const scope: TargetScope = {
      clock: this.clock,
      log: { info: line, warn: line, error: line },
      random: () => 0.5,
      dataDir: null,
      tell() {},
    };
    const write = async (items: readonly unknown[]): Promise<void> => {
      if (!this.isUp) throw new DeliveryFailure("retry", "away");
      this.told.push(...items.map(nameOf));
    };
    const lock = async () => ({ release: async () => {} });
    const identity = { id: "t", label: "t", settings: { ...MESSAGE_DEFAULTS, ...settings } };
    this.target = new Target<unknown>(identity, { write }, scope, () => false, { files, takeLock: lock });
  }

  /** `trigger a`; `repeat a,repeat b` of two alerts in one message. */
  async give(...messages: string[]): Promise<void> {
    for (const message of messages) await this.take(messageOf(message));
  }

  async take(item: unknown): Promise<void> {
    void this.target.offer(NOBODY, item, 1, 100, VALUE);
    await settled();
  }

  async wait(seconds: number): Promise<void> {
    const end = this.clock.now() + seconds;
    await settled();
    while (this.clock.runNext(end)) await settled();
  }

  async comesBack(): Promise<void> {
    this.isUp = true;
    await this.wait(10);
    const { taken, recovered, delivered, pending, spilled, dropped } = this.target.report;
    assert.equal(pending + spilled, 0);
    assert.equal(taken + recovered, delivered + dropped.merged);
  }
}

let made = 0;

function messageOf(text: string): Message {
  const alerts = text.split(",").map((one) => {
    const [phase = "", key = ""] = one.split(" ");
    return { phase, key };
  });
  return { alerts: alerts.filter(({ key }) => key !== ""), events: alerts.length, number: made++ };
}

function nameOf(item: unknown): string {
  const { alerts, number } = (item instanceof Letter ? item.rendered : Array.isArray(item) ? item[0] : item) as Message;
  return `${alerts.map(({ phase, key }) => `${phase} ${key}`).join(",")} #${number}`;
}

test("of the repetitions of an alert that wait for a target the newest is sent, and the others are counted as merged", async () => {
  made = 0;
  const away = new Away();
  await away.give("trigger a", "repeat a", "repeat b", "repeat a", "trigger c", "repeat a", "repeat a");
  await away.comesBack();
  assert.deepEqual(away.told, ["trigger a #0", "repeat b #2", "trigger c #4", "repeat a #6"]);
  assert.equal(away.target.report.dropped.merged, 3);
});

test("that an alert still fires is not told once it waits to be told that it is over, also when it was tried before", async () => {
  made = 0;
  const away = new Away();
  await away.give("repeat a", "resolve a", "repeat b");
  await away.comesBack();
  assert.deepEqual(away.told, ["resolve a #1", "repeat b #2"]);
});

test("a message of several is sent unless all that it says is said again", async () => {
  made = 0;
  const away = new Away();
  await away.give(
    "trigger x",
    "repeat a,repeat b",
    "repeat a",
    "repeat c,repeat d",
    "update d",
    "repeat c",
    "update e,",
  );
  await away.give("repeat e,", "update e");
  await away.comesBack();
  const all = ["trigger x #0", "repeat a,repeat b #1", "repeat a #2", "update d #4", "repeat c #5"];
  assert.deepEqual(away.told, [...all, "update e #6", "repeat e #7", "update e #8"]);
});

test("it is known of letters and of what pagers get, too", async () => {
  made = 0;
  const away = new Away();
  const attributes = { "alert key": "a", "alert phase": "repeat" };
  for (const _ of [1, 2]) await away.take(new Letter(messageOf("repeat a"), event({ time: 1, attributes })));
  for (const _ of [1, 2]) await away.take([messageOf("repeat b")]);
  await away.comesBack();
  assert.deepEqual(away.told, ["repeat a #1", "repeat b #3"]);
});

test("it holds for what waits on disk after a restart, too", async () => {
  made = 0;
  const files = new MemoryFiles();
  const first = new Away({ spill: SPILL }, files);
  await first.wait(1);
  await first.give("trigger a", "repeat a", "repeat a");
  await first.target.close();
  const next = new Away({ spill: SPILL }, files);
  await next.give("repeat a");
  await next.wait(5);
  await next.comesBack();
  assert.deepEqual(next.told, ["trigger a #0", "repeat a #3"]);
  assert.deepEqual([next.target.report.recovered, next.target.report.dropped.merged], [3, 2]);
});

test("who waits for room has that of what is merged", async () => {
  made = 0;
  const away = new Away({ onFull: "wait", maxEvents: 3 });
  await away.give("repeat a", "repeat a", "repeat a", "repeat b", "repeat b");
  await away.comesBack();
  assert.deepEqual(away.told, ["repeat a #2", "repeat b #4"]);
});

test("targets that are not for people have all", async () => {
  made = 0;
  const away = new Away({ isForPeople: false });
  await away.give("repeat a", "repeat a");
  await away.comesBack();
  assert.deepEqual(away.told, ["repeat a #0", "repeat a #1"]);
});
