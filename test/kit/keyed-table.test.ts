import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import type { Cut, Plain } from "../../src/core/state.ts";
import { KeyedTable } from "../../src/kit/keyed-table.ts";
import { compileKey, type Key } from "../../src/kit/selector.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const of = (host: string | null, service: string | null = null, ttl: number | null = null) =>
  event({ host, service, ttl, time: 0 });

/** A table whose values are numbered as they are made; `evicted` lists them as they go. */
function table(key: Key, max: number, ttl = 80) {
  const evicted: number[] = [];
  let made = 0;
  const keyed = new KeyedTable<number>({
    ...compileKey("test", key),
    max,
    ttl,
    create: () => made++,
    onEvict: (value) => evicted.push(value),
  });
  return {
    keyed,
    evicted,
    value: (...parts: Parameters<typeof of>) => keyed.at(of(...parts)).value,
    sweep: () => void [...keyed.sweep()],
  };
}

test("gives equal keys one slot, and its value may be replaced", () => {
  const { keyed, value } = table("host", 10);
  assert.deepEqual([value("a"), value("b"), value("a"), value(null), value(null)], [0, 1, 0, 2, 2]);
  keyed.at(of("a")).value = 99;
  assert.deepEqual([value("a"), keyed.size], [99, 3]);
});

test("keeps the parts of a key apart", () => {
  const { value } = table(["host", "service"], 10);
  assert.deepEqual(
    [value("a", "bc"), value("ab", "c"), value("a", null), value(null, "a"), value("a", "bc")],
    [0, 1, 2, 3, 0],
  );
});

test("evicts the longest unused for want of room, and starts it anew", () => {
  const { keyed, evicted, value } = table("host", 2);
  value("a");
  value("b");
  value("a");
  value("c");
  assert.deepEqual([evicted, keyed.size], [[1], 2]);
  assert.equal(value("b"), 3);
  assert.deepEqual(evicted, [1, 0]);
});

test("works with room for one key", () => {
  const { evicted, value } = table(["host", "service"], 1);
  assert.deepEqual(
    [value("a", "x"), value("a", "x"), value("a", "y"), value("b", "x"), value("a", "x")],
    [0, 0, 1, 2, 3],
  );
  assert.deepEqual(evicted, [0, 1, 2]);
});

test("evicts at a sweep what was not used for eight whole sweeps, or as many as the event's ttl is worth", () => {
  const { keyed, evicted, value, sweep } = table("host", 10, 80);
  assert.equal(keyed.sweepEvery, 10);
  value("a");
  value("long", null, 155);
  for (let n = 1; n <= 8; n++) {
    sweep();
    value("used");
  }
  assert.deepEqual(evicted, []);
  sweep();
  assert.deepEqual(evicted, [0]);
  for (let n = 10; n <= 16; n++) sweep();
  assert.deepEqual(evicted, [0]);
  sweep();
  assert.deepEqual(evicted, [0, 1, 2]);
  assert.equal(keyed.size, 0);
});

test("a key that is used again and again keeps no other, though it stays where it is until another is used", () => {
  const { evicted, value, sweep } = table("host", 10, 80);
  for (const host of ["a", "b", "c", "b"]) value(host);
  for (let n = 1; n <= 9; n++) {
    value("a");
    sweep();
  }
  assert.deepEqual(evicted, [2, 1]);
});

test("keys come, go and are used between the steps of a sweep, which ends those alone that are still idle", () => {
  const hosts = Array.from({ length: 200 }, (_, n) => `h${n}`);
  const { keyed, evicted, value, sweep } = table("host", 1_000, 80);
  for (const host of hosts) value(host);
  for (let n = 1; n <= 8; n++) sweep();
  const steps = keyed.sweep()[Symbol.iterator]();
  steps.next();
  assert.ok(evicted.length > 0 && evicted.length < 100, `${evicted.length} in the first step`);
  value("h199"); // used
  value("h0"); // new again, as 200
  keyed.delete(of("h150"));
  value("new");
  const restored = table("host", 1_000, 80);
  restored.keyed.restore(keyed.save(null));
  while (steps.next().done !== true);
  assert.deepEqual(
    evicted,
    hosts.map((_, n) => n).filter((n) => n !== 199 && n !== 150),
  );
  assert.deepEqual([...keyed.walk()].toSorted(), [199, 200, 201]);
  restored.sweep();
  assert.deepEqual(restored.keyed.save(null), keyed.save(null), "what is saved in its midst begins it again");
});

test("one that goes from among others leaves their order as it is", () => {
  const { evicted, value, sweep } = table("host", 3, 80);
  for (const [host, ttl] of [
    ["a", 155],
    ["b", null],
    ["c", 155],
  ] as const)
    value(host, null, ttl);
  for (let n = 1; n <= 9; n++) sweep();
  assert.deepEqual(evicted, [1]);
  value("d");
  value("e");
  assert.deepEqual(evicted, [1, 0]);
});

test("gives what it holds in the order of use, in the midst of a run too", () => {
  const { keyed, value } = table("host", 10);
  for (const host of ["a", "b", "c", "d", "b", "c"]) value(host);
  assert.deepEqual(
    keyed.filter(() => true),
    [0, 3, 1, 2],
  );
});

test("an event's ttl of NaN prolongs nothing", () => {
  const { evicted, value, sweep } = table("host", 10, 80);
  value("a", null, Number.NaN);
  for (let n = 1; n <= 9; n++) sweep();
  assert.deepEqual(evicted, [0]);
});

test("holds as many keys, the same and in the same order, as a list that is searched", () => {
  // Keys in turn, from one of them on, as agents send them; at the end of each run it may be looked at, or a key deleted.
  const run = fc.record({
    from: fc.nat(7),
    length: fc.integer({ min: 1, max: 10 }),
    ttl: fc.constantFrom(null, null, 155),
    sweeps: fc.constantFrom(0, 0, 0, 1, 5, 9),
    after: fc.constantFrom("go on", "go on", "look", "delete"),
  });
  const partsOf = (n: number) => {
    const at = n % 8;
    return { host: at < 4 ? "a" : "b", service: at % 4 < 2 ? null : "b", state: at % 2 === 0 ? "ok" : "bad" };
  };
  fc.assert(
    fc.property(fc.array(run, { maxLength: 20, size: "max" }), fc.integer({ min: 1, max: 9 }), (runs, max) => {
      const uses = runs.flatMap(({ from, length, ttl, sweeps, after }) =>
        Array.from({ length }, (_, n) => ({
          ...partsOf(from + n),
          ttl,
          sweeps: n === 0 ? sweeps : 0,
          after: n === length - 1 ? after : "go on",
        })),
      );
      const { keyed, evicted, sweep } = table(["host", "service", "state"], max);
      let list: { key: string; value: number; idle: number; lasts: number }[] = [];
      const gone: number[] = [];
      let made = 0;
      for (const { sweeps, after, ...fields } of uses) {
        for (let n = 0; n < sweeps; n++) {
          sweep();
          for (const one of list) one.idle++;
          gone.push(...list.filter((one) => one.idle > one.lasts).map((one) => one.value));
          list = list.filter((one) => one.idle <= one.lasts);
        }
        const key = `${fields.host} ${fields.service} ${fields.state}`;
        const at = list.findIndex((one) => one.key === key);
        const value = at < 0 ? made++ : (list.splice(at, 1)[0]?.value ?? -1);
        list.push({ key, value, idle: 0, lasts: fields.ttl === null ? 8 : 16 });
        if (list.length > max) gone.push(list.shift()?.value ?? -1);
        assert.equal(keyed.at(event({ ...fields, time: 0 })).value, value);
        assert.deepEqual([keyed.size, evicted], [list.length, gone]);
        const one = event({ ...fields, time: 0 });
        if (after === "look") {
          assert.deepEqual([keyed.get(one), keyed.oldest], [value, list[0]?.value]);
          assert.deepEqual(
            keyed.filter(() => true),
            list.map((each) => each.value),
          );
        } else if (after === "delete") {
          list.pop();
          assert.deepEqual([keyed.delete(one), keyed.delete(one), keyed.get(one)], [true, false, undefined]);
          assert.deepEqual([keyed.size, evicted], [list.length, gone]);
        }
      }
    }),
    { numRuns: rounds(100) },
  );
});

test("a walk comes once to each key that is there all the time, whatever comes and goes meanwhile, and to no new one", () => {
  const deed = fc.record({
    host: fc.constantFrom("a", "b", "c"),
    service: fc.nat(9).map(String),
    does: fc.constantFrom("use", "delete", "look"),
  });
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 40 }), fc.array(deed, { maxLength: 200 }), (before, meanwhile) => {
      const key = ({ host, service }: { readonly host: string; readonly service: string }) => `${host} ${service}`;
      const keyed = new KeyedTable<string>({
        ...compileKey("test", ["host", "service"]),
        max: 100,
        ttl: 80,
        create: () => "",
      });
      const use = (one: (typeof before)[number]): void => {
        keyed.at(of(one.host, one.service)).value = key(one);
      };
      for (const one of before) use(one);
      const there = new Set(before.map(key));
      const stays = new Set(there);
      const seen: string[] = [];
      const walk = keyed.walk();
      for (const one of meanwhile) {
        if (one.does === "use") use(one);
        if (one.does === "delete" && keyed.delete(of(one.host, one.service))) stays.delete(key(one));
        if (one.does === "look")
          seen.push(...[walk.next()].flatMap(({ done, value }) => (done === true ? [] : [value])));
      }
      seen.push(...walk);
      assert.deepEqual(seen, [...new Set(seen)], "none twice");
      assert.deepEqual(
        [...stays].filter((one) => !seen.includes(one)),
        [],
      );
      assert.deepEqual(
        seen.filter((one) => !there.has(one)),
        [],
      );
    }),
  );
});

const CUT: Cut = { isOver: false, later: () => null, early: () => 0, earlier: () => null, giveUp() {} };

test("steps along the keys come once to each that stays where it is, in order, whatever else is done meanwhile", () => {
  const hosts = Array.from({ length: 12 }, (_, n) => `h${n}`);
  const deed = fc.record({
    host: fc.constantFrom(...hosts, "new"),
    does: fc.constantFrom("use", "use on", "delete", "step", "step", "sweep", "cut", "row", "row"),
  });
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (deeds, count) => {
      const { keyed } = table("host", 100, 8_000);
      const named = (): string[] => keyed.filter(() => true).map((value) => names.get(value) ?? "");
      const names = new Map<number, string>();
      const use = (host: string): void => void names.set(keyed.at(of(host)).value, host);
      for (const host of hosts) use(host);
      let order = [...hosts];
      let stays = [...hosts];
      const moves = (host: string, isKept: boolean): void => {
        order = [...order.filter((one) => one !== host), ...(isKept ? [host] : [])];
        stays = stays.filter((one) => one !== host);
      };
      let [cutOrder, written, rows]: [string[], unknown[], Iterator<readonly Plain[]>] = [[], [], [].values()];
      const cutLater = (_: number, values: Iterator<readonly Plain[]>): Plain => {
        rows = values;
        return null;
      };
      const write = (): boolean => {
        const { done, value } = rows.next();
        if (done !== true) written.push(value[0]);
        return done !== true;
      };
      const steps = keyed.steps(count);
      const seen: string[] = [];
      const look = (): boolean => {
        const { done, value } = steps.next();
        if (done !== true) seen.push(...value.map((one) => names.get(one) ?? ""));
        return done !== true;
      };
      for (const { host, does } of deeds) {
        if (does === "step") look();
        if (does === "delete" && keyed.delete(of(host))) moves(host, false);
        if (does === "sweep") void [...keyed.sweep()];
        if (does === "cut") {
          [cutOrder, written] = [order, []];
          keyed.save({ ...CUT, later: cutLater });
        }
        if (does === "row") write();
        const used = does === "use" ? [host] : does === "use on" ? hosts.slice(hosts.indexOf(host), 9) : [];
        for (const one of used) {
          use(one);
          moves(one, true);
        }
        assert.deepEqual(named(), order);
      }
      while (look());
      while (write());
      assert.deepEqual(written, cutOrder, "what is saved meanwhile is as it was");
      const once = seen.filter((host) => stays.includes(host));
      assert.deepEqual(once, stays);
      assert.deepEqual(named(), order, "nothing is left of the walk");
    }),
    { numRuns: rounds(300) },
  );
});
