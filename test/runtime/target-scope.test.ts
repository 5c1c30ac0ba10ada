import assert from "node:assert/strict";
import { test } from "node:test";
import { eachEvent } from "../../src/core/each-event.ts";
import { type Event, event } from "../../src/core/event.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { alert, defaults, index, map } from "../../src/index.ts";
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

test("an index, and an alert, tell of each target that is away, and of what has become of it", () => {
  const phases: string[] = [];
  const told = map((one: Event) => {
    phases.push(`${one.attributes["alert phase"]} ${one.attributes.target}`);
    return one;
  });
  const { router, clock, thread } = joined([pipeline("p", [index(), alert([told])])]);
  const tell = (...news: readonly (readonly ["critical" | "ok", string])[]): void => {
    const events: Event[] = [];
    for (const [state, target] of news) {
      const frame = newsFrame({ service: "fast-ts delivery", target, state, description: "", attributes: {} });
      new Decoder().decode(frame, HEADER, frame.length, clock.now(), events);
    }
    router.offer(events, 0);
    clock.advanceTo(clock.now() + 1);
  };
  tell(["critical", "slack a"], ["critical", "kafka b"], ["ok", "slack a"]);
  assert.deepEqual(phases, ["trigger slack a", "trigger kafka b", "resolve slack a"]);
  const shown = thread.index.search().map(({ service, state }) => `${service} ${state}`);
  assert.deepEqual(shown.toSorted(), ["fast-ts delivery kafka b critical", "fast-ts delivery slack a ok"]);
});
