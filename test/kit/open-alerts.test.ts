import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { AlertRegistry } from "../../src/kit/alert-registry.ts";
import { fromKept, toKept } from "../../src/runtime/kept-alerts.ts";
import { alert, by, map, where } from "../../src/stages/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { type Trial, trial } from "../stages/trial.ts";
import { Processes } from "./alert-processes.ts";

const HOUR = 3600;

const critical = (host: string, state = "critical") => ({ host, service: "disk", state });
const ok = (host: string) => critical(host, "ok");

describe("an alert that is open when a process ends", () => {
  for (const how of ["stop", "kill"] as const)
    test(`is not told of again, and resolves with its key and its beginning, after a ${how}`, async () => {
      const all = new Processes().start([alert([])]).at(10, critical("a"));
      await all.end(how);
      all.now += 8 * 60;
      all
        .start([alert([])])
        .at(600, critical("a"))
        .at(700, ok("a"));
      assert.deepEqual(all.told, ["10 trigger a critical trial/a/disk 10", "700 resolve a ok trial/a/disk 10"]);
    });

  test("is found by the stage when another one is above it, in a branch, and beside an alert of other keys", async () => {
    const all = new Processes().start([alert([])]).at(10, critical("a"));
    await all.end("stop");
    all.start([map((e) => e), alert([], { by: "host" }), where(() => true, [alert([])])]).at(20, ok("a"));
    assert.deepEqual(all.told.slice(1), []);
    await all.end("stop");
    all.start([where(() => true, [alert([])])]).at(30, ok("a"));
    assert.deepEqual(all.told.slice(1), ["30 resolve a ok trial/a/disk 10"]);
  });

  test("stays with its stage where two in a pipeline are alike", async () => {
    const two = (): AnyStages => [
      where((e) => e.host === "a", [alert([])], [alert([], { trigger: (e) => e.state === "warning" })]),
    ];
    const all = new Processes().start(two()).at(1, critical("a"), critical("b", "warning"));
    await all.end("stop");
    all.start([map((e) => e), ...two()]).at(2, ok("b"), ok("a"));
    assert.deepEqual(all.told.slice(2), ["2 resolve b ok trial/b/disk 1", "2 resolve a ok trial/a/disk 1"]);
  });

  test("is found by the copies of a by as their keys come, and repeated before that", async () => {
    const stages = (): AnyStages => [by("host", [alert([])])];
    const all = new Processes().start(stages()).at(0, critical("a"), critical("b"));
    await all.end("stop");
    all.start(stages()).at(10, critical("c")).at(20, ok("b"), ok("a"));
    assert.deepEqual(
      all.told.slice(2).map((line) => line.split(" ").slice(0, 3).join(" ")),
      ["10 trigger c", "20 resolve b", "20 resolve a"],
    );
    assert.equal(all.open.length, 1);
  });

  test("is repeated once for all the time away, and not before it has had a minute to be over", async () => {
    const all = new Processes().start([alert([])]).at(0, critical("a"), critical("b"));
    await all.end("kill");
    all.now = 24 * HOUR;
    all
      .start([alert([])])
      .at(24 * HOUR + 59, ok("b"))
      .at(28 * HOUR);
    assert.deepEqual(
      all.told.slice(2).map((line) => line.split(" ").slice(0, 3).join(" ")),
      [`${24 * HOUR + 59} resolve b`, `${24 * HOUR + 60} repeat a`],
    );
  });

  test("that was ok for a part of hold has to be so for the rest: the time away does not count", async () => {
    const options = { hold: 300 };
    const all = new Processes()
      .start([alert([], options)])
      .at(0, critical("a"))
      .at(10, ok("a"))
      .at(110);
    await all.end("stop");
    all.now += 8 * HOUR;
    const second = all.now;
    all.start([alert([], options)]).at(second + 199);
    assert.equal(all.told.length, 1);
    all.at(second + 200);
    assert.deepEqual(all.told.slice(1), [`${second + 200} resolve a ok trial/a/disk 0`]);
  });

  test("of which there are thousands: eight hours later none is over, or told of, for that alone", async () => {
    const hosts = Array.from({ length: 1000 }, (_, n) => critical(`h${n}`));
    const options = { repeat: Number.POSITIVE_INFINITY };
    const all = new Processes().start([alert([], options)]).at(0, ...hosts);
    await all.end("kill");
    all.now = 8 * HOUR;
    all.start([alert([], options)]).at(8 * HOUR + 59);
    assert.equal(all.told.length, 1000);
    all.at(8 * HOUR + 70, critical("h0", "expired"));
    assert.match(
      all.told[1000] ?? "",
      /resolve h0 expired .* no data since 1970-01-01T00:00:00.000Z, not known to be ok/,
    );
  });

  test("stays acknowledged, and keeps the state that was told", async () => {
    const options = { acknowledge: (e: Event) => e.state === "seen" };
    const all = new Processes()
      .start([alert([], options)])
      .at(0, critical("a"))
      .at(1, critical("a", "seen"));
    await all.end("kill");
    all
      .start([alert([], options)])
      .at(9 * HOUR, critical("a"))
      .at(9 * HOUR + 1, critical("a", "warning"));
    assert.deepEqual(
      all.told.slice(2).map((line) => line.split(" ").slice(0, 2).join(" ")),
      [`${9 * HOUR + 1} update`],
    );
  });
});

test("a run that is replaced while it still works on its inbox, and the next one, look after the same alerts", () => {
  const changes: string[] = [];
  const registry = new AlertRegistry(({ name, isOver }) => changes.push(`${name} ${isOver ? "over" : "open"}`));
  const clock = new VirtualClock();
  const old = trial([alert([])], clock, null, registry);
  const send = ({ offer }: Trial, host: string, state: string) => offer([event({ ...critical(host, state), time: 0 })]);
  send(old, "a", "critical");
  send(old, "b", "critical");
  const next = trial([alert([])], clock, null, registry);
  send(next, "a", "critical");
  send(old, "b", "ok"); // what it had taken before
  send(old, "a", "critical");
  old.end();
  send(next, "b", "ok");
  send(next, "a", "ok");
  const phases = ({ out }: Trial) => out.map(({ value }) => (value as Event).attributes["alert phase"]);
  assert.deepEqual([phases(old), phases(next)], [["trigger", "trigger", "resolve"], ["resolve"]]);
  assert.deepEqual(
    changes.filter((change) => change.endsWith("over")),
    ['["b","disk"] over', '["a","disk"] over'],
  );
  next.end();
  assert.equal(clock.timers, 0);
});

test("a throw below does not lose what was to be told", () => {
  let throws = true;
  const below = map((e) => {
    if (throws) throw new Error("no");
    return e;
  });
  const { offer, out, end } = trial([alert([below], { hold: 10 })]);
  const send = (state: string) => offer([event({ ...critical("a", state), time: 0 })]);
  assert.throws(() => send("critical"), /no/);
  throws = false;
  assert.throws(() => send("critical"), /no/); // the trial shows the failure of before
  assert.deepEqual(
    out.map(({ value }) => (value as Event).attributes["alert phase"]),
    ["trigger"],
  );
  end();
});

/** Steps of some hosts, cut into processes anywhere, say what they say in one: but for repetitions, which have a minute. */
test("whatever the moment at which processes are stopped, alerts live as if they were one", async () => {
  const step = fc.record({
    gap: fc.constantFrom(0, 1, 7, 40, 100),
    host: fc.constantFrom("a", "b", "c"),
    state: fc.constantFrom("ok", "ok", "warning", "critical", "critical", "expired"),
    isCut: fc.nat(3).map((n) => n === 0),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.constantFrom(0, 50),
      fc.constantFrom("resolve", "keep", "trigger"),
      async (steps, hold, onExpired) => {
        const stages = (): AnyStages => [alert([], { hold, onExpired, repeat: 1e9 })];
        const [cut, whole] = [new Processes().start(stages()), new Processes().start(stages())];
        let second = 0;
        for (const { gap, host, state, isCut } of steps) {
          second += gap;
          for (const all of [cut, whole]) all.at(second, critical(host, state));
          if (!isCut) continue;
          await cut.end("stop");
          cut.start(stages());
        }
        for (const all of [cut, whole]) all.at(second + 1000);
        await cut.end("stop");
        await whole.end("stop");
        assert.deepEqual(cut.told, whole.told);
        assert.deepEqual(cut.open, whole.open);
      },
    ),
    { numRuns: rounds(30) },
  );
});

test("an alert is kept with whatever its event has, numbers that are none too", () => {
  const attributes = { __proto__: null as never, a: "ü" };
  const strange = { metric: Number.NaN, ttl: Number.POSITIVE_INFINITY, tags: ["t"] };
  for (const fields of [strange, { metric: Number.NEGATIVE_INFINITY }, { metric: 0.1, ttl: 5 }, {}]) {
    const given = event({ ...critical("a"), time: 1.5, attributes, ...fields });
    const life = { since: 1, okFor: 2, seen: 3, toldAt: 4, isTold: true, isSilenced: false, isAcknowledged: true };
    const alert = { key: "k", event: given, ok: given, severity: null, ...life };
    const change = { pipeline: "p", stage: "s", name: "n", alert, changes: 7, isOver: false };
    assert.deepEqual(fromKept(toKept(change)), change);
  }
  assert.equal(fromKept({ pipeline: "p", stage: "s", name: "n", isOver: false, bytes: Buffer.from("no alert") }), null);
});
