import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event, weigh } from "../src/core/event.ts";
import { pipeline } from "../src/core/pipeline.ts";
import { type Stage, type Stages, stage } from "../src/core/stage.ts";
import { secret } from "../src/delivery/secret.ts";
import { sink } from "../src/delivery/sink.ts";
import * as folds from "../src/folds/index.ts";
import { keyedState } from "../src/kit/keyed-state.ts";
import {
  alertmanager,
  amqp,
  clickhouse,
  datadog,
  discord,
  elasticsearch,
  email,
  exec,
  file,
  forward,
  graphite,
  influxdb,
  jsm,
  kafka,
  loki,
  mqtt,
  nats,
  ntfy,
  otlp,
  pagerduty,
  postgres,
  prometheus,
  pushover,
  redis,
  remoteWrite,
  slack,
  splunk,
  stdout,
  teams,
  telegram,
  webhook,
} from "../src/sinks/index.ts";
import {
  aboveFor,
  adjust,
  alert,
  apdex,
  batch,
  belowFor,
  betweenFor,
  bitBucket,
  by,
  catchErrors,
  changed,
  changedState,
  clockSkew,
  coalesce,
  combine,
  counter,
  ddt,
  defaults,
  deleteFromIndex,
  dual,
  ewma,
  ewmaTimeless,
  expired,
  fillIn,
  fillInLast,
  filter,
  fixedEventWindow,
  fixedOffsetTimeWindow,
  fixedTimeWindow,
  foldInterval,
  histogram,
  index,
  interpolateConstant,
  io,
  keep,
  map,
  match,
  movingEventWindow,
  movingTimeWindow,
  notExpired,
  omit,
  outsideFor,
  over,
  parallel,
  percentiles,
  predictLinear,
  project,
  publish,
  rate,
  reinject,
  rename,
  rollup,
  runs,
  scale,
  sdo,
  set,
  sflatten,
  silenced,
  smap,
  smapcat,
  sort,
  split,
  splitp,
  sreduce,
  stable,
  subscribe,
  tag,
  tagged,
  taggedAll,
  taggedAny,
  tap,
  tee,
  throttle,
  top,
  under,
  untag,
  where,
  whileFor,
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
    { takes: "lists" },
  );

test("what a route file says compiles", () => {
  const few: Stages = [under(1)];
  const some: Stage[] = [over(1)];
  const fixed = [pairs(), first()] as const;
  const ten = [...fixed, ...fixed, ...fixed, ...fixed, ...fixed] as const;
  const routes = [
    pipeline("empty", []),
    pipeline("options", [pass()], { onFull: "shed", inbox: 10, onCrash: [throttle(1, 60), pairs(), first(), pass()] }),
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
    pipeline("a hundred", [...ten, ...ten, ...ten, ...ten, ...ten, ...ten, ...ten, ...ten, ...ten, ...ten]),
    pipeline("windows", [pairs(), first(), pass()]),
    pipeline("branches", [
      where((e) => e.state === "ok", [map((e) => e)], [tag("bad")]),
      tee([pairs()], [map((e) => e.with({ state: "x" })), by("host", [changed("state")])]),
      by(["host", (e) => e.attributes.zone], [by("service", [map((e) => e), rate(5)])], { max: 10, ttl: 60 }),
      parallel(3, [map(async (e) => e)], { key: ["host", "service"] }),
    ]),
    pipeline("alerts", [
      alert([combine(folds.count)], { group: { by: "host", seconds: 1 } }),
      alert([pairs()]),
      first(),
    ]),
    pipeline("five an hour", [rollup(5, 3600), slack(secret("SLACK_URL"))]),
    pipeline("branches may emit lists", [by("host", [pairs()]), first()]),
    pipeline("both branches", [where((e) => e.metric === 1, [pairs()], [pairs()]), first()]),
  ];
  assert.equal(routes.length, 13);
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
  // @ts-expect-error what crashes are told is given events
  pipeline("x", [pass()], { onCrash: [first()] });
  // @ts-expect-error a misfit inside onCrash
  pipeline("x", [pass()], { onCrash: [pairs(), pass()] });
  // @ts-expect-error a misfit inside a branch
  catchErrors([pairs(), pass()], []);
  // @ts-expect-error a misfit inside a branch
  catchErrors([pass()], [first()]);
  // @ts-expect-error one of the branches emits lists
  pipeline("x", [catchErrors([pairs()], []), pass()]);
  // @ts-expect-error channels bring events
  pipeline("x", [subscribe("a"), first()]);
  // @ts-expect-error channels bring events, or lists where that is said
  pipeline("x", [subscribe("a", { lists: true }), pass()]);
  // @ts-expect-error only events are reinjected
  pipeline("x", [pairs(), reinject()]);
  // @ts-expect-error what does something in the world is a list of stages
  io(pass());
  // @ts-expect-error a tap has a name
  tap();
  // @ts-expect-error an interval is a number
  histogram("5");
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
  // @ts-expect-error the list is missing
  pipeline("x", [pass()], { onCrash: pass() });
  // @ts-expect-error the second list is missing
  catchErrors([pass()]);
}

export function wrongOptions(): void {
  // @ts-expect-error the channel is missing
  publish();
  // @ts-expect-error a list
  subscribe(["a"]);
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
  // @ts-expect-error a return is forgotten
  map((e) => {
    e.with({ metric: 1 });
  });
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
  // @ts-expect-error no such option
  index({ ttl: 60 });
  // @ts-expect-error no such field
  index({ keep: "hots" });
  // @ts-expect-error no such field
  deleteFromIndex("hots");
  // @ts-expect-error no such field
  keyedState("mine", "hots", () => 0);
  // @ts-expect-error no such option
  keyedState("mine", "host", () => 0, { maximum: 1 });
  // @ts-expect-error it cannot be saved
  keyedState("mine", "host", () => ({ seen: new Set<string>() }));
  stage("mine", ({ state }) => {
    const { last } = state(() => ({
      last: null as Event | null,
      sums: [0],
      by: { a: { n: 1 } },
      isOn: true,
      text: "",
    }));
    // @ts-expect-error it cannot be saved
    state(() => ({ seen: new Map<string, number>() }));
    // @ts-expect-error nor can a function, deep inside either
    state(() => ({ list: [{ run: () => last }] }));
    // @ts-expect-error nor can what may be missing
    state(() => ({ value: undefined as number | undefined }));
    return () => {};
  });
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
  // @ts-expect-error a list of stages
  silenced(pass());
  // @ts-expect-error the server is missing
  alertmanager({ labels: () => ({}) });
  // @ts-expect-error labels are texts
  alertmanager("http://a", { labels: (e) => ({ value: e.metric }) });
  // @ts-expect-error a function of the event
  discord(secret("URL"), { title: "alert" });
  // @ts-expect-error a typing slip
  jsm(secret("KEY"), { titel: () => "" });
  // @ts-expect-error a number
  ntfy(secret("URL"), { priority: () => "high" });
  // @ts-expect-error a page, not whether there is one
  pagerduty(secret("KEY"), { url: () => true });
  // @ts-expect-error the link is called url
  slack(secret("URL"), { link: () => "https://example.com" });
  // @ts-expect-error a payload is an object
  slack(secret("URL"), { payload: () => "text" });
  // @ts-expect-error the token is missing
  pushover(secret("USER"));
  // @ts-expect-error how many and in how long
  slack(secret("URL"), { rate: 5 });
  // @ts-expect-error an array is no URL
  teams(["https://a"]);
  // @ts-expect-error the chat is missing
  telegram(secret("TOKEN"), { thread: 1 });
  // @ts-expect-error a typing slip
  alert([pass()], { onExpired: "drop" });
  // @ts-expect-error without a group there are no lists
  alert([combine(folds.count)]);
  // @ts-expect-error with a group there are lists alone
  alert([over(1)], { group: { by: "host", seconds: 30 } });
  // @ts-expect-error the number is missing
  parallel([pass()]);
  // @ts-expect-error a typing slip
  parallel(2, [pass()], { key: "hots" });
  // @ts-expect-error an event has a time
  event({ service: "a" });
}

test("windows, and folds after them, compile", () => {
  const routes = [
    pipeline("event windows", [movingEventWindow(3), combine(folds.mean), fixedEventWindow(3), combine(folds.modes)]),
    pipeline("time windows", [
      fixedTimeWindow(60, {
        grace: 5,
        flush: "clock",
        late: [map((e) => e), fixedEventWindow(3), combine(folds.count)],
      }),
      combine(folds.sample({ 0.5: " median" })),
      movingTimeWindow(60, { late: [tag("late")] }),
      combine((events) => events[0]?.with({ metric: events.length })),
      sort(10, ["host", (e) => e.attributes.zone], { max: 10 }),
      combine((events, now) => events.map((e) => e.with({ time: now }))),
    ]),
    pipeline("clock windows", [
      batch(10, 1, { align: "clock" }),
      combine(folds.sum),
      rollup(1, 60),
      combine(folds.maximum),
    ]),
    pipeline("pairs of a change may be folded, lists throttled", [
      sdo([changed("state", { key: "host", pairs: true }), combine(folds.difference)], [changedState(), pass()]),
      rollup(1, 60),
      throttle(1, 3600),
      combine(folds.maximum),
    ]),
    pipeline("a projection has a place for each predicate", [
      project([(e) => e.state === "ok", (e) => e.service?.startsWith("api")]),
      combine(([ok, api]: readonly (Event | null)[]) => ok ?? api),
      project([(e) => e.state === "ok", (e) => e.state === "critical"], {
        fold: ([ok, critical], now) => critical?.with({ time: now, metric: ok?.metric ?? null }),
      }),
      project([(e) => e.state === "ok"]),
      combine(folds.quotient),
      coalesce(1, { fold: (events, now) => events.map((e) => e.with({ time: now })) }),
      coalesce(1, { key: "host", fold: folds.sum }),
      coalesce(1, { key: ["host", (e) => e.attributes.zone], max: 3 }),
      combine(folds.minimum),
    ]),
  ];
  assert.equal(routes.length, 5);
});

test("what passes on what it was given takes lists as well, and gives lists then", () => {
  const watched = tap("x");
  const one: Stage = throttle(1, 60);
  const few: Stages = [one, watched, email("ops@example.com"), tee([pass()])];
  const lists: Stage<readonly Event[], readonly Event[]> = watched;
  const routes = [
    pipeline("alerts", [
      rollup(5, 3600),
      email("ops@example.com"),
      stdout(),
      throttle(1, 10),
      combine(folds.sum),
      over(1),
    ]),
    pipeline("branches", [
      by("host", [rollup(1, 60), throttle(1, 60), email("ops@example.com")]),
      tap("lists"),
      tee(
        [email("ops@example.com")],
        [throttle(1, 60), combine(folds.mean), over(1)],
        [],
        [tee([stdout()]), bitBucket()],
      ),
      io([throttle(1, 60), smap((events: readonly Event[]) => events[0])]),
      lists,
      sdo([stdout(), bitBucket()], [email("ops@example.com"), tee([combine(folds.sum)])], []),
      sdo([combine(folds.mean), fixedEventWindow(2)], [stdout()]),
      sdo([combine(folds.mean), email("ops@example.com"), bitBucket()], [stdout()]),
      combine(folds.sum),
      over(1),
    ]),
    pipeline("a way that ends gives nothing", [
      where((e) => e.metric === 1, [batch(2, 1), email("ops@example.com"), bitBucket(), stdout()], [stdout()]),
      sdo([bitBucket()], []),
      where((e) => e.metric === 1, [batch(2, 1), sdo([stdout(), bitBucket()])], []),
      over(1),
    ]),
    pipeline("ways", [
      where((e) => e.metric === 1, [fixedEventWindow(2), stdout()], [throttle(1, 60), fixedEventWindow(2)]),
      tap("lists"),
      sflatten(),
      split(
        [[(e) => e.metric === 1, [stdout(), batch(2, 1), email("ops@example.com")]]],
        [batch(2, 1), throttle(1, 60)],
      ),
      sflatten(),
      catchErrors([batch(2, 1), throttle(1, 60)], [stdout(), batch(2, 1)]),
      sflatten(),
      parallel(2, [batch(2, 1), tee([sflatten()])]),
      sflatten(),
      top(3, "metric", [batch(2, 1), tap("top")], { bottom: [batch(2, 1), stdout()] }),
      sflatten(),
    ]),
    pipeline("events", [
      ...few,
      tee([], [over(1), stdout()]),
      io([rate(5)]),
      sdo([], [tap("x")]),
      over(1),
      publish("x"),
    ]),
    pipeline("pairs", [project([(e) => e.state === "ok"]), throttle(1, 60), sflatten(), over(1)]),
    pipeline("crashes", [fixedTimeWindow(60, { late: [batch(2, 1), stdout()] }), stdout()], {
      onCrash: [rollup(5, 3600), email("ops@example.com")],
    }),
  ];
  assert.equal(routes.length, 7);
});

export function wrongThrough(few: Stages): void {
  // @ts-expect-error lists stay lists behind a throttle
  pipeline("x", [fixedEventWindow(3), throttle(1, 60), over(1)]);
  // @ts-expect-error behind several as well
  pipeline("x", [fixedEventWindow(3), tap("x"), stdout(), email("ops@example.com"), tee([]), over(1)]);
  // @ts-expect-error a branch of it takes events
  pipeline("x", [fixedEventWindow(3), tee([over(1)])]);
  // @ts-expect-error a branch of it takes events
  pipeline("x", [fixedEventWindow(3), tee([throttle(1, 60), over(1)])]);
  // @ts-expect-error it takes lists
  pipeline("x", [io([throttle(1, 60), first()])]);
  // @ts-expect-error it emits lists
  pipeline("x", [fixedEventWindow(3), sdo([stdout()], [throttle(1, 60)]), over(1)]);
  // @ts-expect-error a spread list takes events
  pipeline("x", [fixedEventWindow(3), tee([...few, stdout()])]);
  // @ts-expect-error lists stay lists
  pipeline("x", [by("host", [batch(2, 1), throttle(1, 60)]), over(1)]);
  // @ts-expect-error lists stay lists
  pipeline("x", [catchErrors([batch(2, 1), stdout()], []), over(1)]);
  // @ts-expect-error lists stay lists
  pipeline("x", [batch(2, 1), stdout(), publish("x"), over(1)]);
  // @ts-expect-error lists stay lists
  pipeline("x", [batch(2, 1), sink("mine", () => ({ write: async () => {} })), over(1)]);
  // @ts-expect-error a stage of one's own that takes events
  pipeline("x", [batch(2, 1), stage("mine", ({ emit }) => emit)]);
  // @ts-expect-error a stage of one's own that takes lists says so
  stage("mine", () => (events: readonly Event[]) => events.length);
  // @ts-expect-error a stage of one's own that takes events says no other
  stage("mine", () => (e) => e.metric, { takes: "lists" });
  // @ts-expect-error a sink that is written lists says so
  sink("mine", () => ({ write: async (batch: readonly (readonly Event[])[]) => console.log(batch) }));
}

export function wrongWindows(): void {
  // @ts-expect-error a pair is a list
  pipeline("x", [changed("state", { pairs: true }), over(1)]);
  // @ts-expect-error the first of a pair may be missing
  pipeline("x", [changedState({ pairs: true }), combine(([before]) => before?.with({ metric: before.metric }))]);
  // @ts-expect-error a window gives lists
  pipeline("x", [fixedTimeWindow(60), over(1)]);
  // @ts-expect-error combine takes lists
  pipeline("x", [combine(folds.sum)]);
  // @ts-expect-error a projection has places without an event
  pipeline("x", [project([(e) => e.state === "ok"]), combine((events) => events[0])]);
  // @ts-expect-error a misfit among the stages for late events
  fixedTimeWindow(60, { late: [fixedEventWindow(3), over(1)] });
  // @ts-expect-error the list is missing
  fixedOffsetTimeWindow(60, { late: over(1) });
  // @ts-expect-error neither event nor clock
  fixedTimeWindow(60, { flush: "both" });
  // @ts-expect-error a moving window has no gaps
  movingTimeWindow(60, { maxEmpty: 3 });
  // @ts-expect-error a string
  movingEventWindow("3");
  // @ts-expect-error nothing
  fixedEventWindow();
  // @ts-expect-error the time is missing
  batch(100);
  // @ts-expect-error a stage aligns to the clock or not at all
  batch(100, 1, { align: "hour" });
  // @ts-expect-error the time is missing
  rollup(5);
  // @ts-expect-error a typing slip
  rollup(5, 60, { maximum: 3 });
  // @ts-expect-error a list is no key
  coalesce(1, { key: "tags" });
  // @ts-expect-error an empty list
  project([]);
  // @ts-expect-error there are two places
  project([() => true, () => false], { fold: ([, , third]) => third });
  // @ts-expect-error a place may be empty
  project([() => true], { fold: ([one]) => one.with({ metric: 1 }) });
  // @ts-expect-error a number is no event
  coalesce(1, { fold: (events) => events.length });
  // @ts-expect-error folded lists are events
  pipeline("x", [coalesce(1, { fold: folds.sum }), combine(folds.sum)]);
  // @ts-expect-error predicates are in a list
  project((e: Event) => e.state === "ok");
  // @ts-expect-error a typing slip
  sort(10, ["host", "tme"]);
  // @ts-expect-error a typing slip
  sort(10, "tme");
  // @ts-expect-error a number is no event
  combine((events) => events.length);
  // @ts-expect-error it is to be called with its points
  combine(folds.sample);
}

test("rates and statistics compile", () => {
  const within = (limit: number) => (e: Event) => e.metric !== null && e.metric <= limit;
  const routes = [
    pipeline("statistics", [
      percentiles(5, [0.5, 0.99], { method: "histogram", align: "clock" }),
      percentiles(5, { 0.5: " median" }, { max: 10 }),
      foldInterval(5, folds.maximum, { align: "clock" }),
      foldInterval(5, (events) => events.at(-1)?.with({ metric: events.length })),
      apdex(60, { satisfied: within(1), tolerated: within(4) }),
      ddt(),
      ddt(5, { align: "clock" }),
      ewma(60),
      ewmaTimeless(0.5),
      predictLinear(10, 60, { rebuild: 5 }),
      clockSkew({ max: 10 }),
      fillIn(10, { service: "filler" }),
      fillInLast(10, { metric: 0 }),
      fillInLast(10, (last) => last.with({ state: "silent" })),
      interpolateConstant(10, { idle: 5 }),
    ]),
  ];
  assert.equal(routes.length, 1);
});

export function wrongStatistics(): void {
  // @ts-expect-error a number is no list of points
  percentiles(5, 0.5);
  // @ts-expect-error a typing slip
  percentiles(5, [0.5], { method: "exakt" });
  // @ts-expect-error a typing slip
  percentiles(5, [0.5], { align: "clok" });
  // @ts-expect-error a number is no event
  foldInterval(5, (events) => events.length);
  // @ts-expect-error the key of Riemann's fold-interval: a fold looks at events
  foldInterval(5, "metric", folds.sum);
  // @ts-expect-error who tolerates is missing
  apdex(5, { satisfied: (e) => e.state === "ok" });
  // @ts-expect-error a promise is always true
  apdex(5, { satisfied: async (e) => e.state === "ok", tolerated: () => false });
  // @ts-expect-error the interval comes first
  ddt({ idle: 5 });
  // @ts-expect-error the halflife is missing
  ewma();
  // @ts-expect-error a string
  ewmaTimeless("0.5");
  // @ts-expect-error the time to look ahead is missing
  predictLinear(10);
  // @ts-expect-error it knows the field
  clockSkew("host");
  // @ts-expect-error no such field
  fillIn(10, { metrics: 0 });
  // @ts-expect-error a number is no event
  fillInLast(10, (last) => last.metric);
  // @ts-expect-error the interval is missing
  interpolateConstant({ idle: 5 });
  // @ts-expect-error a typing slip
  throttle(5, 1, { aling: "clock" });
  // @ts-expect-error there is one alignment
  rate(5, { align: true });
}

test("routes that fork and change events compile", () => {
  const routes = [
    pipeline("cases", [
      split(
        [
          [(e) => e.service?.startsWith("api"), [map((e) => e), by("host", [rate(5)])]],
          [(e) => e.metric === 1, []],
        ],
        [bitBucket()],
      ),
      splitp("<", "metric", [[0.9, [tag("critical")]]], [tag("ok")]),
      splitp("=", "state", [
        ["ok", []],
        [null, [tag("none")]],
      ]),
      splitp((pattern, host) => host !== null && pattern.test(host), "host", [[/^eu/, []]]),
      match("service", [/^api/, null, (name) => name?.endsWith("x")]),
      match((e) => e.attributes.zone, "eu"),
      match("attributes.zone", ["eu", null, /^us/, (zone) => zone?.endsWith("x")]),
      splitp("=", "attributes.zone", [[null, []]]),
      by(["host", "attributes.zone"], [changed("attributes.zone"), runs(2, "attributes.zone")]),
      match("metric", (metric) => metric !== null && metric > 1),
      tagged("x"),
    ]),
    pipeline("both ways", [
      dual((e) => e.state === "ok", [map((e) => e)], []),
      top(3, "metric", [tag("top")], { bottom: [untag("top")], ttl: 60 }),
      top(3, ["metric", (e) => e.attributes.size?.length], []),
      where((e) => e.metric === 1, [bitBucket()], [notExpired()]),
      sdo([expired()], []),
    ]),
    pipeline("lists", [
      fixedEventWindow(3),
      sdo([combine(folds.mean)], [smap((events: readonly Event[]) => events.at(-1)), scale(2)], [sflatten()]),
      smap((e) => [e, e]),
      smapcat((events: readonly Event[]) => events.toReversed()),
      smapcat((e) => e.tags.map((tag) => e.with({ service: tag }))),
      smap((e) => (e.metric === null ? null : e)),
      project([(e) => e.state === "ok"]),
      sflatten(),
      bitBucket(),
    ]),
    pipeline("branches of cases may emit lists", [
      split([[(e) => e.metric === 1, [fixedEventWindow(3)]]], [smap((e) => [e])]),
      sflatten(),
    ]),
    pipeline("changes", [
      set({ metric: 1, host: null, service: (e) => `${e.host} load`, "attributes.zone": (e) => e.attributes.region }),
      defaults({ ttl: 60, tags: ["x"], "attributes.zone": null }),
      adjust({ metric: Math.abs, tags: (tags) => tags.slice(1), "attributes.zone": (zone) => zone.trim() }),
      rename({ host: "attributes.node", "attributes.app": "service" }),
      keep(["host", "metric", "attributes.zone"]),
      omit("attributes.zone"),
      counter(),
    ]),
  ];
  assert.equal(routes.length, 5);
});

export function wrongForks(): void {
  // @ts-expect-error the cases are no list
  split([(e) => e.state === "ok", []]);
  // @ts-expect-error a promise is always true
  split([[async () => true, []]]);
  // @ts-expect-error a misfit inside a case
  split([[(e) => e.state === "ok", [pairs(), pass()]]]);
  // @ts-expect-error a misfit inside the other way
  split([[(e) => e.state === "ok", []]], [first()]);
  // @ts-expect-error one of the cases emits lists
  pipeline("x", [split([[(e) => e.state === "ok", [pairs()]]], []), pass()]);
  // @ts-expect-error no such comparison
  splitp("==", "metric", [[1, []]]);
  // @ts-expect-error a metric is no text
  splitp("<", "metric", [["0.9", []]]);
  // @ts-expect-error a misfit inside a case
  splitp("<", "metric", [[0.9, [first()]]]);
  // @ts-expect-error a state is no number
  match("state", 1);
  // @ts-expect-error a typing slip
  match("sate", "ok");
  // @ts-expect-error a typing slip
  match("attribute.zone", "eu");
  // @ts-expect-error an attribute is no number
  match("attributes.zone", 1);
  // @ts-expect-error all attributes at once cannot be compared
  match("attributes", "eu");
  // @ts-expect-error a promise is always true
  match("state", async () => true);
  // @ts-expect-error the other branch is missing
  dual((e) => e.state === "ok", []);
  // @ts-expect-error a misfit inside a branch
  dual((e) => e.state === "ok", [], [pairs(), pass()]);
  // @ts-expect-error a text cannot be ranked
  top(3, "host", []);
  // @ts-expect-error the stages are missing
  top(3, "metric");
  // @ts-expect-error a misfit at the bottom
  top(3, "metric", [], { bottom: [pairs(), pass()] });
  // @ts-expect-error what the bottom emits comes next
  pipeline("x", [top(3, "metric", [], { bottom: [pairs()] }), pass()]);
  // @ts-expect-error nothing to give events to
  sdo();
  // @ts-expect-error a misfit inside a branch
  sdo([], [pairs(), pass()]);
  // @ts-expect-error one takes lists, the other events
  pipeline("x", [sdo([first()], [pass()])]);
  // @ts-expect-error what a branch emits comes next
  pipeline("x", [sdo([], [pairs()]), pass()]);
  // @ts-expect-error it takes nothing
  bitBucket(1);
  // @ts-expect-error a default ttl is the daemon's
  expired(60);
  // @ts-expect-error a default ttl is the daemon's
  notExpired({ ttl: 60 });
  // @ts-expect-error numbers
  tagged([1]);
  // @ts-expect-error the time is missing
  aboveFor(5);
  // @ts-expect-error the time is missing
  belowFor(5);
  // @ts-expect-error the time is missing
  betweenFor(1, 5);
  // @ts-expect-error the time is missing
  outsideFor(1, 5);
  // @ts-expect-error a promise is always true
  whileFor(async () => true, 5);
}

export function wrongChanges(): void {
  // @ts-expect-error it is given lists
  pipeline("x", [pairs(), smap((e) => e)]);
  // @ts-expect-error it is given events
  pipeline("x", [smap((events: readonly Event[]) => events[0])]);
  // @ts-expect-error it gives lists
  pipeline("x", [smap((e) => [e]), pass()]);
  // @ts-expect-error a number is no event
  smap((e) => e.metric);
  // @ts-expect-error a promise is map's
  smap(async (e) => e);
  // @ts-expect-error one event is no list
  smapcat((e) => e);
  // @ts-expect-error it is given lists
  pipeline("x", [pairs(), smapcat((e) => [e])]);
  // @ts-expect-error it takes lists
  pipeline("x", [sflatten()]);
  // @ts-expect-error a typing slip
  set({ metrics: 1 });
  // @ts-expect-error a text
  set({ metric: "1" });
  // @ts-expect-error a function that gives a text
  set({ metric: (e) => e.service });
  // @ts-expect-error every event has a time
  set({ time: null });
  // @ts-expect-error an attribute is a text
  set({ "attributes.size": 1 });
  // @ts-expect-error every event has a time
  defaults({ time: 1 });
  // @ts-expect-error a typing slip
  defaults({ stat: "ok" });
  // @ts-expect-error a value
  adjust({ metric: 1 });
  // @ts-expect-error a function that gives a text
  adjust({ metric: (metric) => String(metric) });
  // @ts-expect-error a metric is no text
  rename({ metric: "host" });
  // @ts-expect-error a ttl is no text
  rename({ host: "ttl" });
  // @ts-expect-error a typing slip
  keep(["host", "metrics"]);
  // @ts-expect-error every event has a time
  omit("time");
  // @ts-expect-error a text
  counter("0");
}

export function wrongSinks(): void {
  // @ts-expect-error to whom is missing
  email();
  // @ts-expect-error a typing slip
  email("ops@example.com", { subjekt: (e) => e.service ?? "" });
  // @ts-expect-error no such format
  stdout({ format: "xml" });
  // @ts-expect-error a line is a string
  stdout({ format: (e) => e.metric });
  // @ts-expect-error no list of events: it has places without one
  pipeline("x", [project([(e) => e.state === "ok"]), stdout()]);
  // @ts-expect-error lists stay lists behind it
  pipeline("x", [pairs(), stdout(), pass()]);
  // @ts-expect-error a function of one event
  stdout({ format: (events: readonly Event[]) => `${events.length}` });
  // @ts-expect-error it does not write
  sink("mine", () => ({}));
  // @ts-expect-error a write is waited for
  sink("mine", () => ({ write: (batch) => batch.length }));
  // @ts-expect-error no such verdict
  sink("mine", () => ({ write: async () => {}, judge: () => "again" }));
  // @ts-expect-error it is retryFor
  sink("mine", () => ({ write: async () => {} }), { tries: 3 });
  // @ts-expect-error it is drop-newest or drop-oldest
  sink("mine", () => ({ write: async () => {} }), { onFull: "drop-all" });
  // @ts-expect-error how it starts is missing
  stage("mine");
  stage("mine", ({ emit, dropped }) => (e) => {
    // @ts-expect-error it emits events
    emit(e.metric);
    // @ts-expect-error no such reason
    dropped(1, "bad");
  });
}

export function wrongChannels(): void {
  // @ts-expect-error what becomes of the throw is missing
  catchErrors([pass()]);
  // @ts-expect-error a misfit among what is tried
  catchErrors([pairs(), pass()], []);
  // @ts-expect-error what is tried emits lists
  pipeline("x", [catchErrors([pairs()], []), pass()]);
  // @ts-expect-error the channel is missing
  publish();
  // @ts-expect-error a channel is a string
  publish(1);
  // @ts-expect-error a channel is a string
  subscribe(1);
}

export function wrongTargets(): void {
  // @ts-expect-error a label is a text
  prometheus({ labels: (e) => ({ metric: e.metric }) });
  // @ts-expect-error the topic is missing
  kafka("kafka:9092", { key: (e) => e.host });
  // @ts-expect-error the routing key is missing
  amqp("amqp://a", { exchange: "events" });
  // @ts-expect-error a topic is a text
  mqtt("mqtt://a", { topic: (e) => e.metric });
  // @ts-expect-error there is no such quality of service
  mqtt("mqtt://a", { topic: "a", qos: 3 });
  // @ts-expect-error a command is a list: there is no shell
  exec("logger -t fast-ts");
  // @ts-expect-error a subject is a text
  nats("nats://a", { subject: (e) => e.metric });
  // @ts-expect-error the table is missing
  postgres("postgres://a/b", { create: true });
  // @ts-expect-error no such option
  redis("redis://a", { list: "events" });
  // @ts-expect-error no such option
  file("events.ndjson", { rotate: { days: 1 } });
  // @ts-expect-error where to is missing
  forward();
  // @ts-expect-error no such mode
  forward("a:5555", { mode: "random" });
  // @ts-expect-error a target is host and port
  graphite(2003);
  // @ts-expect-error a path is a text
  graphite("a", { path: (e) => e.metric });
  // @ts-expect-error which database is missing
  influxdb("http://a:8086");
  // @ts-expect-error there is no version 4
  influxdb("http://a:8086", { db: "metrics", version: 4 });
  // @ts-expect-error the table is missing
  clickhouse("http://a:8123", {});
  // @ts-expect-error the key is missing
  datadog({ site: "datadoghq.eu" });
  // @ts-expect-error no such option
  elasticsearch("http://a:9200", { index: "a", type: "event" });
  // @ts-expect-error a label is a text
  loki("http://a:3100", { labels: (e) => ({ metric: e.metric }) });
  // @ts-expect-error the token is missing
  splunk("http://a:8088", { index: "a" });
  // @ts-expect-error there are no traces
  otlp("http://a:4318", { signal: "traces" });
  // @ts-expect-error there is no version 3
  remoteWrite("http://a:9090/api/v1/write", { version: 3 });
  // @ts-expect-error nobody waits for a text
  slack(secret("URL"), { title: async () => "text" });
  // @ts-expect-error nobody waits for fields
  pagerduty(secret("KEY"), { payload: async () => ({ class: "disk" }) });
  // @ts-expect-error nobody waits for labels
  alertmanager("http://a:9093", { labels: async () => ({ team: "ops" }) });
  // @ts-expect-error nobody waits for a number
  ntfy("https://ntfy.sh/a", { priority: async () => 5 });
  // @ts-expect-error nobody waits for a body
  webhook("https://example.com", { body: async () => "text" });
  // @ts-expect-error nobody waits for a key
  kafka("a:9092", { topic: "a", key: async () => "key" });
  // @ts-expect-error nobody waits for a line
  stdout({ format: async () => "line" });
  // @ts-expect-error a key is a secret
  webhook("https://example.com", { hmac: "key" });
  // @ts-expect-error no such option
  webhook("https://example.com", { tries: 3 });
  // @ts-expect-error a secret has a name
  secret();
  // @ts-expect-error what is weighed is missing
  weigh();
}
