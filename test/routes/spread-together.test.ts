import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { edgesOf } from "../../src/core/pipeline-edges.ts";
import type { SpreadBy } from "../../src/core/spread.ts";
import { spreadNeedsOf } from "../../src/routes/spread-needs.ts";
import { spreadTogether } from "../../src/routes/spread-together.ts";
import { stdout } from "../../src/sinks/index.ts";
import * as s from "../../src/stages/index.ts";
import { needing } from "./declared.ts";

type Members = Parameters<typeof spreadTogether>[0];

const INDEX = { kind: "index", name: "index" } as const;
const pipeline = (name: string, by: SpreadBy, isUser: boolean): Members[number] => ({
  name,
  edges: isUser ? [INDEX] : [],
  needs: needing(by, name),
});
const member = (name: string, stages: AnyStages): Members[number] => ({
  name,
  edges: edgesOf(stages),
  needs: spreadNeedsOf(stages),
});
const each = (field: "host" | "service" | "state"): AnyStages => [s.by(field, [s.counter()])];
const byOf = (all: Members) =>
  Object.fromEntries([...spreadTogether(all, 2)].map(([name, { by, why }]) => [name, `${by}: ${why}`]));

test("the index is in all workers by a field that suits all that use it", () => {
  for (const by of ["host", "service"] as const)
    assert.deepEqual(byOf([pipeline("a", by, true), pipeline("b", "service", false), pipeline("c", by, true)]), {
      a: `${by}: a keeps state for each ${by}`,
      b: "service: b keeps state for each service",
      c: `${by}: c keeps state for each ${by}`,
    });
});

for (const by of ["all", "service"] as const)
  test(`the index is in one worker when one that uses it is spread by ${by} and another by host`, () => {
    const others = by === "all" ? 'it with "c", which is in one worker' : '"c", by service, and "a", by host';
    assert.deepEqual(byOf([pipeline("a", "host", true), pipeline("b", "host", false), pipeline("c", by, true)]), {
      a: `all: channels or the index join ${others}`,
      b: "host: b keeps state for each host",
      c: by === "all" ? "all: c says why" : `all: channels or the index join ${others}`,
    });
  });

describe("of several fields that suit a pipeline", () => {
  const free = (): Members =>
    ["index", "stateless"].map((name) => member(name, name === "index" ? [s.index()] : [s.tag("t")]));
  const fieldsOf = (...args: Parameters<typeof spreadTogether>): readonly string[] =>
    free().map(({ name }) => spreadTogether(...args).get(name)?.by ?? "");
  const needs = (...fields: readonly ("host" | "service" | "state")[]): Members => [
    ...free(),
    ...fields.map((field) => member(field, each(field))),
  ];

  test("the partition key is taken when nothing needs another", () => {
    assert.deepEqual(fieldsOf(free()), ["host", "host"]);
    assert.deepEqual(fieldsOf(free(), 2, "service"), ["service", "service"]);
    assert.deepEqual(fieldsOf(needs("host", "service")), ["host", "host"]);
    assert.deepEqual(fieldsOf(needs("host", "service", "state"), 2, "state"), ["host", "state"]);
  });

  test("one is taken that another pipeline needs", () => {
    assert.deepEqual(fieldsOf(needs("service")), ["service", "service"]);
    assert.deepEqual(fieldsOf(needs("service"), 2, "attributes.zone"), ["service", "service"]);
  });

  test("that is taken by which the pipeline is spread now", () => {
    const now = new Map([["index", { by: "host" as const }]]);
    assert.deepEqual(fieldsOf(needs("service"), 2, "host", now), ["host", "service"]);
    assert.deepEqual(fieldsOf(needs("host"), 2, "host", new Map([["stateless", { by: "service" }]])), [
      "host",
      "service",
    ]);
    const impossible = new Map([["index", { by: "state" as const }]]);
    assert.deepEqual(fieldsOf(needs("service"), 2, "host", impossible), ["service", "service"], "it has to move");
  });
});

const rewrite = s.map((e) => e.with({ metric: 1 }));

describe("what channels join", () => {
  const CASES: Readonly<
    Record<string, readonly [Readonly<Record<string, AnyStages>>, Readonly<Record<string, string>>]>
  > = {
    "is in all workers by a field that suits all": [
      {
        from: [s.filter(() => true), s.publish("c")],
        "by service": [s.subscribe("c"), ...each("service")],
        both: [s.subscribe("c"), s.by(["host", "service"], [s.counter()]), s.publish("d")],
        end: [s.subscribe("d"), stdout()],
      },
      {
        from: "service: it keeps no state",
        "by service": "service: by#1 keeps state for each service",
        both: "service: by#1 keeps state for each host and service",
        end: "service: it keeps no state",
      },
    ],
    "is in one worker when one of them needs all events": [
      { from: [...each("host"), s.publish("c")], all: [s.subscribe("c"), s.rate(5)] },
      {
        from: 'all: channels or the index join it with "all", which is in one worker',
        all: "all: rate#1 keeps state for all events",
      },
    ],
    "is in one worker when no field suits all": [
      { from: [...each("host"), s.publish("c")], to: [s.subscribe("c"), ...each("service")] },
      {
        from: 'all: channels or the index join "to", by service, and "from", by host',
        to: 'all: channels or the index join "to", by service, and "from", by host',
      },
    ],
    "has lost what a publisher may have changed": [
      {
        from: [rewrite, s.by("state", [s.tag("t")]), s.publish("c")],
        to: [s.subscribe("c"), ...each("host")],
      },
      {
        from: "all: by#1 keeps state for each state, and not for each host or service",
        to: 'all: map#0 of "from" may change host, by which by#1 keeps its state apart; if it does not, say so there with { key: "host" }',
      },
    ],
    "has lost what is changed in front of the publisher": [
      {
        first: [s.set({ host: "x" }), s.publish("c")],
        second: [s.subscribe("c"), s.tag("t"), s.publish("d")],
        to: [s.subscribe("d"), s.by(["host", "service"], [s.counter()])],
        late: [s.publish("d"), s.set({ service: "x" }), stdout()],
      },
      {
        first: "service: it keeps no state",
        second: "service: it keeps no state",
        to: "service: by#1 keeps state for each host and service",
        late: "service: it keeps no state",
      },
    ],
    "has lost what one of several publishers changes": [
      {
        one: [s.publish("c")],
        other: [s.by("host", [s.set({ host: "x" }), s.publish("c")])],
        to: [s.subscribe("c"), ...each("host")],
      },
      {
        one: 'all: channels or the index join it with "to", which is in one worker',
        other: 'all: channels or the index join it with "to", which is in one worker',
        to: 'all: by#0/set#0 of "other" may change host, by which by#1 keeps its state apart',
      },
    ],
    "is with the index": [
      {
        from: [s.index(), s.publish("c")],
        to: [s.subscribe("c"), ...each("service")],
        beside: [s.deleteFromIndex("host")],
      },
      {
        from: 'all: channels or the index join "to", by service, and "beside", by host',
        to: 'all: channels or the index join "to", by service, and "beside", by host',
        beside: 'all: channels or the index join "to", by service, and "beside", by host',
      },
    ],
  };
  for (const [what, [stages, places]] of Object.entries(CASES))
    test(what, () => {
      const all = Object.entries(stages).map(([name, list]) => member(name, list));
      assert.deepEqual(byOf(all), places);
    });
});

test("a crash that is published has any host", () => {
  const to = [s.subscribe("crashes"), s.by("host", [s.counter()])];
  const all = [
    {
      name: "from",
      edges: edgesOf([s.publish("crashes")]),
      needs: spreadNeedsOf([], { onCrash: [s.publish("crashes")] }),
    },
    member("to", to),
  ];
  assert.equal(byOf(all).to, 'all: a crash of "from" may change host, by which by#1 keeps its state apart');
});

test("a key of a publisher speaks for what it publishes", () => {
  const [from, to] = [
    [rewrite, s.publish("c")],
    [s.subscribe("c"), ...each("host")],
  ];
  const all = [{ name: "from", edges: edgesOf(from), needs: spreadNeedsOf(from, { key: "host" }) }, member("to", to)];
  assert.deepEqual(byOf(all), { from: "host: it keeps no state", to: "host: by#1 keeps state for each host" });
});
