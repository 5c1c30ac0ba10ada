import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlertRun, AlertsKnown, KeptAlerts, OpenAlert } from "../../src/core/alerts-port.ts";
import { event } from "../../src/core/event.ts";
import { AlertRegistry } from "../../src/kit/alert-registry.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const HOLDER = { adopt() {}, letGo() {} };
const PLACE = { changes() {}, pipeline: "p", stage: "alert", holder: HOLDER };
const NAMES = ["a", "b", "c", "d"];

/** One whose later turns come at once. */
const newRun = () => ({ thread: { later: (work: () => void) => work() } });

/** Copies of one stage. */
class Copies {
  readonly registry = new AlertRegistry();

  join(run: AlertRun = newRun(), restored: AlertsKnown | null = null): KeptAlerts {
    return this.registry.join({ ...PLACE, run, restored });
  }
}

function opened(): OpenAlert {
  const untold = { isTold: false, severity: null, isSilenced: false, isAcknowledged: false };
  return { key: "", since: 0, event: event({ time: 0 }), ok: null, okFor: 0, toldAt: 0, seen: 0, ...untold };
}

test("no copy can take what another one of its run has open: an event without an alert costs no name", () => {
  const copies = new Copies();
  const run = newRun();
  const [first, second] = [copies.join(run), copies.join(run)];
  first.save("a", opened());
  second.save("b", opened());
  assert.deepEqual([first.canTake, second.canTake], [false, false]);
  const next = copies.join();
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
      const all = new Copies();
      all.registry.load([{ pipeline: "p", stage: "alert", name: "a", alert: opened(), changes: 1, isOver: false }]);
      const runs = [newRun(), newRun()];
      const copies: KeptAlerts[] = [];
      for (const { what, which, name } of steps) {
        const at = which % Math.max(1, copies.length);
        if (what === "join") copies.push(all.join(runs[which % 2]));
        else if (what === "end") copies.splice(at, 1)[0]?.end();
        else if (what === "save") copies[at]?.save(name, opened());
        else copies[at]?.[what as "take" | "close"](name);
        for (const copy of copies.filter(({ canTake }) => !canTake))
          for (const each of NAMES) assert.equal(copy.take(each), null);
      }
    }),
    { numRuns: rounds(300) },
  );
});

test("what a state that knows more has not is over, also before the copies have begun", () => {
  const registry = new AlertRegistry();
  const begun: (() => void)[] = [];
  const run = { thread: { later: (work: () => void) => void begun.push(work) } };
  const adopted: string[] = [];
  const holder = { adopt: (name: string) => void adopted.push(name), letGo() {} };
  const kept = { pipeline: "p", stage: "alert", isOver: false };
  registry.load(NAMES.map((name, n) => ({ ...kept, name, alert: opened(), changes: n + 1 })));
  const copy = registry.join({ ...PLACE, run, holder, restored: { stage: "alert", changes: 9 } });
  const mine = opened();
  assert.equal(copy.resume("a", mine, { changes: 1, isFirm: true }), mine);
  assert.equal(copy.take("b"), null);
  for (const work of begun) work();
  assert.deepEqual([adopted, copy.take("c"), copy.known(null).changes], [[], null, 9 + 3]);
});
