import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Event, type EventFields, event } from "../../src/core/event.ts";
import { count } from "../../src/folds/index.ts";
import { alert, by, combine, fixedEventWindow, sflatten, tag } from "../../src/stages/index.ts";
import { at, perform, run, runTimed, type Step, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { trial } from "./trial.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

const disk = (state: string, more: EventFields = {}) => ({ host: "db1", service: "disk", state, ...more });
const phase = (event: Event) => event.attributes["alert phase"];
const told = (options: Parameters<typeof alert>[1], ...steps: Step[]) =>
  runTimed([alert([], options as object)], steps).map(({ at, value }) => `${at} ${phase(value)} ${value.state}`);

describe("the life of an alert", () => {
  test("it is told when it begins, gets better or worse, and is over; nothing in between", () => {
    const steps = ["ok", "critical", "critical", "warning", "warning", "critical", "ok", "ok"];
    assert.deepEqual(told({}, ...steps.map((state, second) => at(second, disk(state)))), [
      "1 trigger critical",
      "3 update warning",
      "5 update critical",
      "6 resolve ok",
    ]);
  });

  test("its events keep what they have, and say phase, key and beginning", () => {
    const steps = [at(5, disk("critical", { metric: 0.95, attributes: { zone: "a" }, time: 4 })), at(9, disk("ok"))];
    const [begin, end] = run([alert([tag("told")])], steps);
    assert.deepEqual([begin?.metric, begin?.tags], [0.95, ["told"]]);
    const known = { "alert key": "run/db1/disk", "alert since": "4" };
    assert.deepEqual({ ...begin?.attributes }, { zone: "a", "alert phase": "trigger", ...known });
    assert.deepEqual({ ...end?.attributes }, { "alert phase": "resolve", ...known });
  });

  test("series are told apart by host and service, or by what is said", () => {
    const steps = [disk("critical"), disk("critical", { service: "cpu" }), disk("ok"), disk("ok", { service: "cpu" })];
    assert.equal(told({}, ...steps).length, 4);
    assert.deepEqual(told({ by: "host" }, ...steps), ["0 trigger critical", "0 resolve ok"]);
  });

  test("the key is that of the trigger for as long as it lasts", () => {
    const dedup = ({ description }: Event) => `${description}`;
    const steps = [disk("critical", { description: "a" }), disk("warning", { description: "b" }), disk("ok")];
    assert.deepEqual(
      run([alert([], { dedup })], steps).map((event) => event.attributes["alert key"]),
      ["a", "a", "a"],
    );
  });

  test("a `dedup` that gives no string is refused by what it gave", () => {
    for (const [given, shown] of [
      [undefined, "undefined"],
      [7, "7"],
      [Promise.resolve("a"), "a promise"],
    ] as const)
      assert.throws(() => run([alert([], { dedup: (() => given) as never })], [disk("critical")]), {
        message: new RegExp(`alert\\(dedup\\): the function must give a string, got ${shown}$`),
      });
  });

  test("a flap within `hold` says nothing; once it has been ok for long enough, the last ok resolves it", () => {
    const flap = [at(0, disk("critical")), at(10, disk("ok")), at(30, disk("critical")), at(50, disk("ok"))];
    assert.deepEqual(told({ hold: 60 }, ...flap, at(109, disk("ok")), wait(10)), [
      "0 trigger critical",
      "110 resolve ok",
    ]);
  });

  test("a flap that comes back worse is an update, and any state but ok ends the hold", () => {
    const steps = [at(0, disk("critical")), at(10, disk("ok")), at(20, disk("warning")), wait(100)];
    assert.deepEqual(told({ hold: 60 }, ...steps), ["0 trigger critical", "20 update warning"]);
  });

  test("it is repeated after `repeat` seconds in which nothing was told, with the newest event and the time of now", () => {
    const steps = [
      at(0, disk("critical")),
      at(50, disk("warning", { metric: 1 })),
      at(60, disk("warning", { metric: 2 })),
    ];
    const out = runTimed([alert([], { repeat: 100 })], [...steps, wait(300)]);
    assert.deepEqual(
      out.map(({ at, value }) => [at, phase(value), value.metric, value.time]),
      [
        [0, "trigger", null, 0],
        [50, "update", 1, 50],
        [150, "repeat", 2, 150],
        [250, "repeat", 2, 250],
        [350, "repeat", 2, 350],
      ],
    );
    assert.deepEqual(told({ repeat: Number.POSITIVE_INFINITY }, disk("critical"), wait(WEEK)), ["0 trigger critical"]);
    assert.deepEqual(told({}, disk("critical"), wait(4 * HOUR)).at(-1), "14400 repeat critical");
  });

  test("it is not repeated while it is ok for less than `hold`", () => {
    const steps = [disk("critical"), at(90, disk("ok")), at(140, disk("critical")), wait(60)];
    assert.deepEqual(told({ hold: 60, repeat: 100 }, ...steps), ["0 trigger critical", "140 repeat critical"]);
  });

  test("an acknowledgement is told once and ends the repetitions; what gets worse is still told", () => {
    const acknowledge = (event: Event) => event.state === "seen";
    const steps = [disk("seen"), disk("critical"), wait(10), disk("seen"), disk("seen"), wait(DAY), disk("warning")];
    assert.deepEqual(told({ acknowledge }, ...steps, wait(DAY), disk("ok")), [
      "0 trigger critical",
      "10 acknowledge seen",
      "86410 update warning",
      "172810 resolve ok",
    ]);
  });

  test("without an alert, nothing but a trigger says anything", () => {
    assert.deepEqual(told({}, disk("ok"), disk("warning"), disk("expired"), { host: "a" }, { state: "ok" }), []);
  });

  test("what triggers does not resolve, and null is a key like any other", () => {
    assert.deepEqual(told({ resolve: () => true }, { state: "critical" }, { state: "critical" }, {}), [
      "0 trigger critical",
      "0 resolve null",
    ]);
  });
});

describe("an event that has expired", () => {
  const last = { attributes: { "alert key": "run/db1/disk" } };
  const words = "no data since 1970-01-01T00:00:07.000Z, not known to be ok";
  const steps = [at(3, disk("critical", { description: "full" })), at(7, disk("critical")), at(70, disk("expired"))];
  const shown = (onExpired: "resolve" | "keep" | "trigger", ...more: Step[]) =>
    run([alert([], { onExpired, repeat: 100 })], [...steps, ...more]).map((e) => [phase(e), e.state, e.description]);
  const begin = ["trigger", "critical", "full"];

  test("resolves its alert, at once, and says that it is not known to be ok", () => {
    assert.deepEqual(shown("resolve"), [begin, ["resolve", "expired", words]]);
    assert.deepEqual(told({ hold: 60 }, disk("critical"), disk("expired")).at(-1), "0 resolve expired");
    assert.equal(run([alert([])], steps).at(-1)?.attributes["alert key"], last.attributes["alert key"]);
  });

  test("leaves it open, and is said with the next repetition", () => {
    assert.deepEqual(shown("keep", at(103, disk("critical"))), [begin, ["repeat", "critical", words]]);
  });

  test("ends no hold with `keep`: nobody knows it to be ok", () => {
    const steps = [disk("critical"), at(10, disk("ok")), at(20, disk("expired")), wait(100)];
    assert.deepEqual(told({ onExpired: "keep", hold: 60 }, ...steps), ["0 trigger critical"]);
  });

  test("triggers an alert, or is an update of one", () => {
    assert.deepEqual(shown("trigger"), [begin, ["update", "expired", words]]);
    const out = run([alert([], { onExpired: "trigger" })], [disk("ok"), disk("expired"), disk("expired"), disk("ok")]);
    assert.deepEqual(
      out.map((e) => [phase(e), e.description]),
      [
        ["trigger", "no data, not known to be ok"],
        ["resolve", null],
      ],
    );
  });
});

test("whatever the silence between, an hour, a day, a week: an alert resolves, by itself and under by", () => {
  for (const silence of [HOUR, DAY, WEEK])
    for (const stages of [
      [alert([], { repeat: WEEK * 2 })],
      [by("host", [alert([], { repeat: WEEK * 2 })])],
    ] as const) {
      const out = runTimed(stages, [disk("critical"), wait(silence), disk("ok")]);
      assert.deepEqual(
        out.map(({ at, value }) => [at, phase(value)]),
        [
          [0, "trigger"],
          [silence, "resolve"],
        ],
      );
    }
});

describe("a group", () => {
  const group = { by: "host", seconds: 30 } as const;
  const sizes = (...steps: Step[]) =>
    runTimed([alert([], { group })], steps).map(({ at, value }) => [
      at,
      value.map(({ host, service }) => `${host}/${service}`),
    ]);

  test("gathers what belongs together for a while, and gives its stages lists", () => {
    const services = (...names: string[]) => names.map((service) => disk("critical", { service }));
    assert.deepEqual(
      sizes(...services("a", "b"), { host: "web", state: "critical" }, wait(10), ...services("c"), wait(60)),
      [
        [30, ["db1/a", "db1/b", "db1/c"]],
        [30, ["web/null"]],
      ],
    );
    const [counted] = run([alert([combine(count)], { group })], [...services("a", "b"), wait(30)]);
    assert.equal(counted?.metric, 2);
  });

  test("has at most 1,000 events", () => {
    const many = Array.from({ length: 1001 }, (_, n) => disk("critical", { service: `${n}` }));
    const lists = runTimed([alert([], { group })], [...many, wait(30)]);
    assert.deepEqual(
      lists.map(({ at, value }) => [at, value.length]),
      [
        [0, 1000],
        [30, 1],
      ],
    );
  });
});

describe("bounds", () => {
  test("a trigger beyond max is told with every event, counted, and logged once", () => {
    const steps = ["a", "b", "c", "c"].map((host) => disk("critical", { host }));
    const { values, ledger, log } = perform([alert([], { max: 2 })], [...steps, disk("ok", { host: "c" })]);
    assert.deepEqual(
      values.map(({ value }) => (value as Event).attributes["alert key"]),
      ["run/a/disk", "run/b/disk", "run/c/disk", "run/c/disk"],
    );
    assert.equal(ledger.stages[0]?.evicted.full, 2);
    assert.equal(log.filter(({ level }) => level === "warn").length, 1);
  });

  test("when there are too many, the one that was heard of longest ago is forgotten", () => {
    const events = ["a", "b", "a", "c"].map((service) => disk("critical", { service }));
    const over = ["a", "b", "c"].map((service) => disk("ok", { service }));
    const out = run([by("host", [alert([])], { max: 2 })], [...events, ...over]);
    assert.deepEqual(
      out.map((event) => `${phase(event)} ${event.service}`),
      ["trigger a", "trigger b", "trigger c", "resolve a", "resolve c"],
    );
  });

  test("one that has resolved leaves room, nothing held and no timer", () => {
    const { values, ledger, timersLeft } = perform(
      [alert([], { max: 1 })],
      ["a", "b", "a"].flatMap((host) => [disk("critical", { host }), disk("ok", { host })]),
    );
    assert.deepEqual([values.length, ledger.stages[0]?.evicted.full, ledger.stateBytes, timersLeft], [6, 0, 0, 0]);
  });

  test("an alert holds no more than its last event", () => {
    const { offer, report, end } = trial([alert([], { hold: 60 })]);
    const held = (state: string, length: number) => {
      offer([event({ ...disk(state), description: "x".repeat(length), time: 0 })]);
      return report().stateBytes;
    };
    const small = held("critical", 10);
    assert.ok(held("critical", 10_000) > small + 10_000);
    assert.equal(held("critical", 10), small);
    assert.ok(held("ok", 10) > small);
    assert.equal(held("critical", 10), small);
    end();
    assert.equal(report().stateBytes, 0);
  });
});

test("refuses options that make no sense", () => {
  assert.throws(() => alert([], { hold: -1 }), { message: "alert(hold): must be a number >= 0, got -1" });
  assert.throws(() => alert([], { repeat: 0 }), {
    message: "alert(repeat): must be a number >= 0.001 or Infinity, got 0",
  });
  assert.throws(
    () => alert([], { group: { by: "host", seconds: 0 } }),
    /alert\(group.seconds\): must be a number >= 0.001/,
  );
  // @ts-expect-error a typing slip
  assert.throws(() => alert([], { by: "hst" }), /alert\(by\): must be one of host/);
  // @ts-expect-error the seconds are missing
  assert.throws(() => alert([], { group: { by: "host" } }), /alert\(group.seconds\)/);
  // @ts-expect-error no function
  assert.throws(() => alert([], { trigger: "critical" }), /alert\(trigger\): must be a function/);
  // @ts-expect-error a typing slip
  assert.throws(() => alert([], { resolved: () => true }), /there is no option "resolved"/);
  // @ts-expect-error no list
  assert.throws(() => alert(tag("x")), { code: "FTS_NOT_A_STAGE" });
  assert.throws(() => run([alert([], { trigger: (() => ({})) as never })], [{}]), /alert\(trigger\): must give true/);
});

/** What an alert is to say, looked at second by second. */
function oracle(steps: readonly { second: number; state: string }[], until: number, hold: number, repeat: number) {
  const out: string[] = [];
  let severity: string | null = null;
  let toldAt = 0;
  let okAt: number | null = null;
  const tell = (second: number, phase: string, state: string): void => {
    out.push(`${second} ${phase} ${state}`);
    severity = phase === "resolve" ? null : state;
    toldAt = second;
  };
  const bySecond = new Map<number, string[]>();
  for (const { second, state } of steps) bySecond.set(second, [...(bySecond.get(second) ?? []), state]);
  for (let second = 0; second <= until; second++) {
    if (severity !== null && okAt !== null && second === okAt + hold) {
      tell(second, "resolve", "ok");
      okAt = null;
    } else if (severity !== null && okAt === null && second === toldAt + repeat) tell(second, "repeat", severity);
    for (const state of bySecond.get(second) ?? []) {
      if (state === "ok") {
        if (severity === null) continue;
        okAt ??= second;
        if (hold > 0) continue;
        tell(second, "resolve", "ok");
        okAt = null;
      } else if (severity === null) {
        if (state === "critical") tell(second, "trigger", state);
      } else {
        const isOverdue = okAt !== null && second >= toldAt + repeat;
        okAt = null;
        if (state !== severity) tell(second, "update", state);
        else if (isOverdue) tell(second, "repeat", state);
      }
    }
  }
  return out;
}

describe("an alert says what an oracle says", () => {
  for (const [name, span] of Object.entries({ "an hour": HOUR, "a day": DAY, "a week": WEEK }))
    test(`over ${name}`, () => {
      const gaps = fc.constantFrom(1, 7, 60, Math.round(span / 20), Math.round(span / 3));
      const states = fc.constantFrom("ok", "ok", "warning", "critical", "critical");
      const drawn = fc.array(fc.record({ gap: gaps, state: states }), { maxLength: 30 });
      fc.assert(
        fc.property(
          drawn,
          fc.constantFrom(0, 5, 90, span / 10),
          fc.constantFrom(100, span / 5),
          (list, hold, repeat) => {
            let second = 0;
            const steps = list.flatMap(({ gap, state }) => {
              second += gap;
              return second < span ? [{ second, state }] : [];
            });
            const given = steps.map(({ second, state }) => at(second, disk(state)));
            assert.deepEqual(
              told({ hold, repeat }, ...given, at(span, { host: "end" })),
              oracle(steps, span, hold, repeat),
            );
          },
        ),
        { numRuns: rounds(span === WEEK ? 3 : 20) },
      );
    });
});

test("stands between stages of its own, which live as long as it does", () => {
  const out = run([alert([fixedEventWindow(2), sflatten()])], [disk("critical"), disk("warning")]);
  assert.deepEqual(out.map(phase), ["trigger", "update"]);
});
