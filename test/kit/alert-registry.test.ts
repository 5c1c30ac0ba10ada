import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlertHolder, KeptAlerts, OpenAlert } from "../../src/core/alerts-port.ts";
import { event } from "../../src/core/event.ts";
import { AlertRegistry } from "../../src/kit/alert-registry.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const HOLDER: AlertHolder = { adopt() {}, letGo() {} };
const NAMES = ["a", "b", "c", "d"];

function opened(): OpenAlert {
  const untold = { isTold: false, severity: null, isSilenced: false, isAcknowledged: false };
  return { key: "", since: 0, event: event({ time: 0 }), ok: null, okFor: 0, toldAt: 0, seen: 0, ...untold };
}

test("no copy can take what another one of its run has open: an event without an alert costs no name", () => {
  const registry = new AlertRegistry();
  const run = {};
  const [first, second] = [run, run].map((one) => registry.join("p", "alert", one, HOLDER)) as [KeptAlerts, KeptAlerts];
  for (const copy of [first, second]) copy.begin();
  first.save("a", opened());
  second.save("b", opened());
  assert.deepEqual([first.canTake, second.canTake], [false, false]);
  const next = registry.join("p", "alert", {}, HOLDER);
  assert.equal(next.canTake, true);
});

test("whatever copies do, one that can take none finds none", () => {
  const step = fc.record({
    what: fc.constantFrom("join", "save", "save", "take", "close", "end"),
    which: fc.nat(5),
    name: fc.constantFrom(...NAMES),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const registry = new AlertRegistry();
      const alert = opened();
      registry.load([{ pipeline: "p", stage: "alert", name: "a", alert }]);
      const runs = [{}, {}];
      const copies: KeptAlerts[] = [];
      for (const { what, which, name } of steps) {
        const at = which % Math.max(1, copies.length);
        if (what === "join") {
          const copy = registry.join("p", "alert", runs[which % 2] ?? {}, HOLDER);
          copy.begin();
          copies.push(copy);
        } else if (what === "end") copies.splice(at, 1)[0]?.end();
        else if (what === "save") copies[at]?.save(name, opened());
        else copies[at]?.[what as "take" | "close"](name);
        for (const copy of copies.filter(({ canTake }) => !canTake))
          for (const each of NAMES) assert.equal(copy.take(each), null);
      }
    }),
    { numRuns: rounds(300) },
  );
});
