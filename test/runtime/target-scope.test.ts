import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { defaults, index } from "../../src/index.ts";
import { newsFrame } from "../../src/runtime/target-scope.ts";
import { run, wait } from "../../src/testing/index.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { HEADER } from "../../src/wire/frames.ts";

test("no index lets what is told of a target expire while the outage goes on", () => {
  for (const service of ["fast-ts delivery", "fast-ts alert lost"] as const) {
    const frame = newsFrame({ service, target: "t", state: "critical", description: "away", attributes: {} });
    const events: Event[] = [];
    new Decoder().decode(frame, HEADER, frame.length, 0, events);
    const told = run([defaults({ ttl: 60 }), index()], [...events, wait(7 * 86_400)]);
    assert.deepEqual(
      told.map((event) => [event.service, event.state, event.attributes.target]),
      [[service, "critical", "t"]],
    );
  }
});
