import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event } from "../src/core/event.ts";
import { pipeline } from "../src/core/pipeline.ts";
import { type Stage, type Stages, stage } from "../src/core/stage.ts";
import {
  by,
  changed,
  changedState,
  filter,
  map,
  over,
  parallel,
  rate,
  runs,
  scale,
  sreduce,
  stable,
  tag,
  taggedAll,
  taggedAny,
  tee,
  throttle,
  under,
  untag,
  where,
} from "../src/stages/index.ts";

// The compiler is the test: `tsc -p .` fails on what should compile and does not, and on each @ts-expect-error that
// expects in vain. Wrong uses stand in functions that are never called.

const pass = (): Stage =>
  stage(
    "pass",
    ({ emit }) =>
      (e) =>
        emit(e),
  );
const pairs = (): Stage<Event, Event[]> =>
  stage<Event, Event[]>(
    "pairs",
    ({ emit }) =>
      (e) =>
        emit([e, e]),
  );
const first = (): Stage<Event[], Event> =>
  stage<Event[], Event>(
    "first",
    ({ emit }) =>
      ([e]) =>
        e && emit(e),
  );

test("what a route file says compiles", () => {
  const few: Stages = [under(1)];
  const some: Stage[] = [over(1)];
  const fixed = [pairs(), first()] as const;
  const routes = [
    pipeline("empty", []),
    pipeline("options", [pass()], { onFull: "shed", inbox: 10 }),
    pipeline("functions know their event", [
      filter((e) => e.service?.startsWith("api")),
      map((e) => e.with({ metric: 1 })),
      map(async (e) => (e.metric === null ? null : e)),
      changed((e) => e.attributes.version),
      sreduce((sum, e) => (sum.metric === null ? e : sum)),
      stage(
        "mine",
        ({ emit }) =>
          (e) =>
            emit(e.with({ metric: 2 })),
      ),
      stage("mine too", ({ emit }) => ({ onEvent: (e) => emit(e.with({ metric: 2 })), flush: () => {} })),
    ]),
    pipeline("lists are spread", [...few, pass(), ...some, ...fixed, pass()]),
    pipeline("in the middle", [pass(), ...few, pairs(), first()]),
    pipeline("as a whole", few),
    pipeline("windows", [pairs(), first(), pass()]),
    pipeline("branches", [
      where((e) => e.state === "ok", [map((e) => e)], [tag("bad")]),
      tee([pairs()], [map((e) => e.with({ state: "x" })), by("host", [changed("state")])]),
      by(["host", (e) => e.attributes.zone], [by("service", [map((e) => e), rate(5)])], { max: 10, ttl: 60 }),
      parallel(3, [map(async (e) => e)], { key: ["host", "service"] }),
    ]),
    pipeline("branches may emit lists", [by("host", [pairs()]), first()]),
    pipeline("both branches", [where((e) => e.metric === 1, [pairs()], [pairs()]), first()]),
  ];
  assert.equal(routes.length, 10);
});

export function misfits(few: Stages): void {
  // @ts-expect-error a window emits lists
  pipeline("x", [pairs(), pass()]);
  // @ts-expect-error a pipeline is given events
  pipeline("x", [first(), pass()]);
  // @ts-expect-error behind a spread list as well
  pipeline("x", [...few, pairs(), pass()]);
  // @ts-expect-error what a branch emits comes next
  pipeline("x", [by("host", [pairs()]), pass()]);
  // @ts-expect-error one of the branches emits lists
  pipeline("x", [where((e) => e.metric === 1, [pairs()], [pass()]), pass()]);
  // @ts-expect-error the copies emit lists
  pipeline("x", [parallel(2, [pairs()]), pass()]);
  // @ts-expect-error a misfit inside a branch
  by("host", [pairs(), pass()]);
  // @ts-expect-error a misfit inside a branch
  where((e) => e.metric === 1, [pass()], [pairs(), pass()]);
  // @ts-expect-error a misfit inside a branch
  tee([pass()], [pairs(), pass()]);
  // @ts-expect-error a misfit inside a branch
  parallel(2, [first()]);
}

export function notStages(): void {
  // @ts-expect-error the parentheses are missing
  pipeline("x", [pass]);
  // @ts-expect-error the parentheses are missing
  pipeline("x", [under(1), pass]);
  // @ts-expect-error the list is missing
  pipeline("x", pass());
  // @ts-expect-error a string
  pipeline("x", [under(1), "over", pass()]);
  // @ts-expect-error the name is missing
  pipeline([pass()]);
  // @ts-expect-error an unknown option
  pipeline("x", [pass()], { onFul: "shed" });
  // @ts-expect-error the parentheses are missing
  by("host", [pass]);
  // @ts-expect-error the list is missing
  by("host", pass());
  // @ts-expect-error the list is missing
  where((e) => e.metric === 1, pass());
  // @ts-expect-error the list is missing
  tee(pass());
  // @ts-expect-error the parentheses are missing
  tee([pass]);
  // @ts-expect-error the list is missing
  parallel(2, pass());
}

export function wrongOptions(): void {
  // @ts-expect-error a string
  under("12");
  // @ts-expect-error nothing
  over();
  // @ts-expect-error a function
  scale((metric: number) => metric * 2);
  // @ts-expect-error a promise is always true
  filter(async (e) => e.metric === 1);
  // @ts-expect-error a metric is no answer
  filter((e) => e.metric);
  // @ts-expect-error a promise is always true
  where(async (e) => e.metric === 1, []);
  // @ts-expect-error a number is no event
  map((e) => e.metric);
  // @ts-expect-error map gives one event, not many
  map((e) => [e, e]);
  // @ts-expect-error an event cannot be changed
  map((e) => Object.assign(e, { metric: 1 }).metric++);
  // @ts-expect-error the fields of an event are no event
  map((e) => ({ host: e.host, metric: 1 }));
  // @ts-expect-error no such field
  map((e) => e.with({ metrics: 1 }));
  // @ts-expect-error a number
  tag(1);
  // @ts-expect-error nothing
  untag();
  // @ts-expect-error a function
  taggedAll((tags: string[]) => tags.length > 0);
  // @ts-expect-error numbers
  taggedAny([1, 2]);
  // @ts-expect-error the accumulator is an event
  sreduce((sum, e) => (sum.metric ?? 0) + (e.metric ?? 0));
  // @ts-expect-error the first accumulator as well
  sreduce((sum) => sum, 0);
  // @ts-expect-error the window is missing
  throttle(3);
  // @ts-expect-error the value is missing
  stable(3);
  // @ts-expect-error a typing slip
  stable(3, "sate");
  // @ts-expect-error tags are a list
  changed("tags");
  // @ts-expect-error a list is never equal to another
  changed((e) => [e.host, e.service]);
  // @ts-expect-error a typing slip
  changed("state", { inti: "ok" });
  // @ts-expect-error a typing slip
  changedState({ ini: "ok" });
  // @ts-expect-error the field is in it
  changedState("state");
  // @ts-expect-error the other way round
  runs("state", 3);
  // @ts-expect-error a string
  rate("5");
  // @ts-expect-error a typing slip
  rate(5, { idel: 3 });
  // @ts-expect-error a typing slip
  by("hst", [pass()]);
  // @ts-expect-error an object is never equal to another
  by((e) => ({ host: e.host }), [pass()]);
  // @ts-expect-error a typing slip
  by("host", [pass()], { maxKeys: 3 });
  // @ts-expect-error the number is missing
  parallel([pass()]);
  // @ts-expect-error a typing slip
  parallel(2, [pass()], { key: "hots" });
  // @ts-expect-error an event has a time
  event({ service: "a" });
}
