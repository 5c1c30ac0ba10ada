import assert from "node:assert/strict";
import { test } from "node:test";
import { eachEvent } from "../../src/core/each-event.ts";
import type { Event } from "../../src/core/event.ts";
import { fixedEventWindow, smap, tap } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { live } from "../sinks/live.ts";

test("passes on what comes by, whatever it is", () => {
  const out = run([tap("a")], [{ metric: 1 }, { metric: null }, { state: "expired" }]);
  assert.deepEqual(
    out.map(({ metric, state }) => [metric, state]),
    [
      [1, null],
      [null, null],
      [null, "expired"],
    ],
  );
});

test("shows each event", () => {
  const shown: Event[] = [];
  const outlet = eachEvent((event) => {
    shown.push(event);
    return null;
  });
  const run = live([tap("a")], new VirtualClock(), outlet);
  run.offer({ metric: 1 }, { metric: null });
  run.abandon();
  assert.deepEqual(
    shown.map(({ metric }) => metric),
    [1, null],
  );
});

test("shows each event of a list, and passes the list on", () => {
  const shown: Event[] = [];
  const after: (readonly Event[])[] = [];
  const keep = smap((events: readonly Event[]) => void after.push(events));
  const outlet = eachEvent((event) => {
    shown.push(event);
    return null;
  });
  const run = live([fixedEventWindow(2), tap("a"), keep], new VirtualClock(), outlet);
  run.offer({ metric: 1 }, { metric: 2 }, { metric: 3 });
  run.abandon();
  assert.deepEqual(
    shown.map(({ metric }) => metric),
    [1, 2],
  );
  assert.deepEqual(after, [shown]);
});

test("is known by its name", () => {
  assert.deepEqual(tap("latency").edge, { kind: "tap", name: "latency" });
});

test("refuses to have no name", () => {
  assert.throws(() => tap(""), {
    code: "FTS_STAGE_OPTION",
    message: 'tap(name): must be a string that is not empty, got "" (a string)',
  });
});
