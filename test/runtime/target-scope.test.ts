import assert from "node:assert/strict";
import { test } from "node:test";
import { eachEvent } from "../../src/core/each-event.ts";
import { type Event, event } from "../../src/core/event.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { defaults, index } from "../../src/index.ts";
import { newsFrame } from "../../src/runtime/target-scope.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { HEADER } from "../../src/wire/frames.ts";
import { joined } from "../engine/joined.ts";

test("no index lets what is told of a target expire while the outage goes on", () => {
  const told: Event[] = [];
  const outlet = eachEvent((expired) => {
    told.push(expired);
    return null;
  });
  const { router, clock } = joined([pipeline("p", [defaults({ ttl: 60 }), index()])], () => outlet);
  const events: Event[] = [event({ service: "any", time: clock.now() })];
  for (const service of ["fast-ts delivery", "fast-ts alert lost"] as const) {
    const frame = newsFrame({ service, target: "t", state: "critical", description: "away", attributes: {} });
    new Decoder().decode(frame, HEADER, frame.length, clock.now(), events);
  }
  router.offer(events, 0);
  clock.advanceTo(clock.now() + 7 * 86_400);
  assert.deepEqual(
    told.map(({ service, state }) => [service, state]),
    [["any", "expired"]],
  );
});
