import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { alert, index, map } from "../../src/index.ts";
import { overloadFrame } from "../../src/runtime/overload.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { HEADER } from "../../src/wire/frames.ts";
import { joined } from "../engine/joined.ts";

test("an index, and an alert, tell of each pipeline that sheds", () => {
  const alerts: string[] = [];
  const told = map((one: Event) => {
    alerts.push(`${one.attributes["alert phase"]} ${one.attributes.pipeline}`);
    return one;
  });
  const { router, clock, thread } = joined([pipeline("p", [index(), alert([told])])]);
  const events: Event[] = [];
  for (const name of ["a", "b"]) {
    const frame = overloadFrame(name, "inbox full");
    new Decoder().decode(frame, HEADER, frame.length, clock.now(), events);
  }
  router.offer(events, 0);
  clock.advanceTo(clock.now() + 1);
  assert.deepEqual(alerts, ["trigger a", "trigger b"]);
  const shown = thread.index.search().map(({ service }) => service);
  assert.deepEqual(shown.toSorted(), ["fast-ts overload a", "fast-ts overload b"]);
});
