import assert from "node:assert/strict";
import { test } from "node:test";
import { readSinks } from "../../docs/sinks.ts";
import { readTypes } from "../../docs/tsdoc.ts";
import { event } from "../../src/core/event.ts";
import type { EventOrList } from "../../src/core/event-list.ts";
import type { Through } from "../../src/core/stage.ts";
import * as sinks from "../../src/sinks/index.ts";
import { EVENT_SERIES } from "../../src/sinks/scraped-series.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import type { LogLine } from "../../src/testing/virtual-thread.ts";
import { settled } from "../delivery/target-rig.ts";
import { OUTAGES } from "../drills/outages/table.ts";
import { share } from "../rounds.ts";
import { readSources } from "../sources.ts";
import { isBalanced, live } from "./live.ts";

const SOURCES = readSources().map(({ text }) => text);
const SINKS = new Map<string, unknown>(Object.entries(sinks));
const TYPES = new Map(SOURCES.flatMap((text) => [...readTypes(text)]));
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
/** Nobody listens there. */
const NOWHERE = "127.0.0.1:9";
/** They ask for what an event is called when the broker is there: see test/e2e. */
const BROKERS = ["amqp", "mqtt", "nats"];

/** The options of a type that are functions, those of the types that it extends included, with what they give. */
function functionsOf(type: string): [option: string, gives: string][] {
  const code = TYPES.get(type) ?? "";
  const [, alias] = /^\w+ = (\w+);$/.exec(code) ?? [];
  if (alias !== undefined) return functionsOf(alias);
  const [, parents = ""] = /^\w+ extends ([\w, ]+) \{/.exec(code) ?? [];
  const own = [...code.matchAll(/^ {2}readonly (\w+)\??: [^\n]*?\) => ([^\n]*?)\)?;$/gm)];
  return [
    ...parents.split(", ").flatMap((parent) => (parent === "" ? [] : functionsOf(parent))),
    ...own.map(([, option = "", gives = ""]): [string, string] => [option, gives]),
  ];
}

/** Each sink with each of its options that is a function. */
const CASES = readSinks().flatMap(({ name }) => {
  const made = new RegExp(`^export function ${name}\\([^)]*\\boptions: (\\w+)`, "m");
  const type = SOURCES.flatMap((text) => made.exec(text)?.[1] ?? [])[0] ?? "";
  return functionsOf(type).map(([option, gives]) => ({ name, option, gives }));
});

function sinkWith(name: string, option: string, make: unknown): Through<EventOrList> {
  const own = `${option}: make`;
  const code = OUTAGES[name]?.sink(NOWHERE, own) ?? `${name}({ ${own} })`;
  return new Function(name, "make", `return ${code}`)(SINKS.get(name), make);
}

function linesOf(log: readonly LogLine[], wanted: string): LogLine[] {
  return log.filter(({ message }) => message === wanted);
}

function wellMade(gives: string): unknown {
  if (gives.startsWith("number")) return 1;
  return gives.includes("Record<") ? {} : "x";
}

const STRANGE: Readonly<Record<string, () => unknown>> = {
  "a promise": () => Promise.reject(new Error("which nobody waits for")),
  "an object with a promise": () => ({ some: Promise.resolve("text") }),
  "an error": () => {
    throw new TypeError("cannot read it");
  },
};

test("the functions of sinks' options are found", () => {
  const found = CASES.map(({ name, option }) => `${name}.${option}`);
  for (const one of ["slack.title", "pagerduty.payload", "stdout.format", "kafka.key", "amqp.routingKey", "email.url"])
    assert.ok(found.includes(one), one);
});

const TRIED = CASES.flatMap((one) => Object.entries(STRANGE).map(([what, strange]) => ({ ...one, what, strange })));

for (const { name, option, gives, what, strange } of share(TRIED, 1, 0))
  test(`${name}: ${what} that ${option} gives or throws is sent nowhere: the event is refused, others go on`, async () => {
    const make = (given: unknown): unknown =>
      JSON.stringify(given).includes('"strange"') ? strange() : wellMade(gives);
    const stage = sinkWith(name, option, make);
    const clock = new VirtualClock(1_000);
    const run = live([stage], clock);
    run.offer({ host: "h", service: "strange", state: "critical", metric: 1 });
    if (name !== "stdout") run.offer({ host: "h", service: "s", state: "critical", metric: 1 }); // the runner reads it
    const books = () => run.report(`${name}#0`);
    for (let turns = 0; turns < 50; turns++) await settled();
    assert.ok(isBalanced(books()));
    assert.deepEqual(linesOf(run.log, "stage threw, pipeline restarts"), []);
    if (!BROKERS.includes(name)) {
      assert.deepEqual([books().dropped.refused, books().received], [1, name === "stdout" ? 1 : 2]);
      const said = run.log
        .map(({ fields }) => String(fields.error))
        .find((error) => error.includes(`${name}(${option})`));
      assert.match(said ?? "no line names it", /must give .*, got | threw TypeError: cannot read it$/);
    }
    const scope = { clock, log: QUIET, random: () => 0.5, dataDir: null, tell() {} };
    const rendered = (service: string) =>
      stage.edge?.rendered?.(event({ host: "h", service, state: "critical", metric: 1, time: 1 }), scope);
    if (rendered("s") !== undefined) {
      assert.deepEqual(rendered("strange"), []);
      assert.equal(rendered("s")?.length, 1);
    }
    await run.targets.close();
    EVENT_SERIES.clear();
  });
