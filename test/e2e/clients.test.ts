import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "./client.ts";
import { command } from "./command.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { PRINTING, type Printed, printedEvent, printedEvents } from "./printing.ts";

const CLI = fileURLToPath(new URL("../../src/cli.js", import.meta.url));
/** Drives the real clients; it stands beside the checkout where this is developed. */
const REAL_CLIENTS = fileURLToPath(new URL("../../../../shared/tools/real-clients", import.meta.url));
const ONLY = process.env.FTS_ALL_CLIENTS === "1" ? [] : ["--only", "c,npm"];

/** What the tool says must have arrived. */
interface Expected {
  readonly client: string;
  readonly service: string;
  readonly host: string | null;
  readonly state: string | null;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly ttl: number | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly metric: string | null;
  readonly wire: readonly string[];
  readonly epoch?: number;
  readonly mayBeEmpty?: readonly (keyof Printed)[];
}

test("every real client's events arrive, each exactly once, with the right fields", async (t) => {
  if (!existsSync(REAL_CLIENTS)) return t.skip(`${REAL_CLIENTS} is not there`);
  const daemon = await DaemonProcess.start(t, { "print.ts": PRINTING });
  const { code, stdout, stderr } = await command(REAL_CLIENTS, [`127.0.0.1:${daemon.port}`, "--udp", ...ONLY], "", 300);
  assert.equal(code, 0, stderr);
  const report: { expected: Expected[]; states: Expected[] } = JSON.parse(stdout);
  const events = printedEvents(daemon);
  for (const expected of report.expected) {
    const at = events.findIndex((event) => isThis(event, expected));
    assert.ok(
      at >= 0,
      `missing: ${JSON.stringify(expected)}\nleft: ${events.map((e) => JSON.stringify(e)).join("\n")}`,
    );
    check(events.splice(at, 1)[0], expected);
  }
  const names = report.states.map(({ service }) => service);
  assert.deepEqual(
    events.map(({ service }) => service),
    names,
    "what is left are the states",
  );
  t.diagnostic(stderr.trim());
});

test("two events with all kinds of fields survive two daemons and the command line between them exactly", async (t) => {
  const inOrder = ["--workers", "1"];
  const first = await DaemonProcess.start(t, { "print.ts": PRINTING }, inOrder);
  const second = await DaemonProcess.start(t, { "print.ts": PRINTING }, inOrder);
  const client = await Client.open(first.port);
  t.after(() => client.close());
  await client.send(
    {
      host: "web-1",
      service: "one",
      state: "warning",
      description: 'größe ☃ \u{1F600}\n"quoted"\t',
      time: 1,
      time_micros: 1_700_000_000_123_456,
      ttl: 12.5,
      tags: ["a", "b", "a", ""],
      attributes: [
        { key: "env", value: "prod" },
        { key: "host", value: "stays an attribute" },
        { key: "empty", value: "" },
        { key: "__proto__", value: "harmless" },
      ],
      metric_sint64: "-9007199254740991",
      metric_d: 2.5,
      metric_f: 3.5,
    },
    { service: "two", host: "", state: "", time: 1_700_000_000, ttl: 0, metric_d: 0.1 + 0.2, metric_f: 0.5 },
  );
  await client.send(
    { service: "float", time: 0, metric_f: 0.1 },
    { service: "big", time: -5, metric_sint64: "9007199254740993" },
  );
  await printedEvent(first, "big");
  const lines = first.printed.slice();
  const [one, two, float, big] = printedEvents(first);
  assert.deepEqual(one, {
    host: "web-1",
    service: "one",
    state: "warning",
    metric: -9_007_199_254_740_991,
    time: 1_700_000_000.123456,
    description: 'größe ☃ \u{1F600}\n"quoted"\t',
    ttl: 12.5,
    tags: ["a", "b", "a", ""],
    attributes: JSON.parse('{"env":"prod","host":"stays an attribute","empty":"","__proto__":"harmless"}'),
  });
  assert.deepEqual(two, {
    host: "",
    service: "two",
    state: "",
    metric: 0.1 + 0.2,
    time: 1_700_000_000,
    description: null,
    ttl: 0,
    tags: [],
    attributes: {},
  });
  assert.deepEqual([float?.metric, float?.time], [0.1, 0]);
  assert.deepEqual([big?.metric, big?.time], [9_007_199_254_740_992, -5]);

  const args = [CLI, "send", `127.0.0.1:${second.port}`, "--stdin"];
  const { code, stderr } = await command(process.env.FTS_NODE ?? process.execPath, args, `${lines.join("\n")}\n`);
  assert.equal(code, 0, stderr);
  await printedEvent(second, "big");
  assert.deepEqual(printedEvents(second), printedEvents(first));
});

function isThis(event: Printed, { service, host, state, metric, attributes, mayBeEmpty = [] }: Expected): boolean {
  if (!mayBeEmpty.includes("service"))
    return event.service === service && event.state === state && isMetric(event, metric);
  return isSame(event.attributes, attributes) && (event.host === host || event.host === "") && isMetric(event, metric);
}

function isMetric({ metric }: Printed, expected: string | null): boolean {
  if (expected === null || metric === null) return expected === metric;
  if (expected === "NaN") return metric === "NaN";
  // A metric that came as a float is printed as the shortest number that names the same float.
  return metric === Number(expected) || (typeof metric === "number" && Math.fround(metric) === Number(expected));
}

function check(event: Printed | undefined, expected: Expected): void {
  assert.ok(event !== undefined);
  const { mayBeEmpty = [] } = expected;
  for (const field of ["service", "host", "state", "description"] as const)
    if (!(mayBeEmpty.includes(field) && event[field] === ""))
      assert.equal(event[field], expected[field], `${field} of ${JSON.stringify(event)}`);
  // collectd sends batches before all of their fields are there: now and then an empty host, or a ttl of 0.
  const ttl = expected.client === "collectd-batch" && event.ttl === 0 ? 0 : expected.ttl;
  assert.deepEqual([event.tags, event.ttl], [expected.tags, ttl], JSON.stringify(event));
  assert.ok(isSame(event.attributes, expected.attributes), JSON.stringify([event, expected]));
  assert.ok(isMetric(event, expected.metric), JSON.stringify([event, expected]));
  const age = Date.now() / 1000 - event.time;
  if (expected.epoch !== undefined) assert.equal(event.time, expected.epoch);
  else assert.ok(age > -2 && age < 300, `time of ${JSON.stringify(event)}`);
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const sorted = (record: Readonly<Record<string, string>>): string =>
    JSON.stringify(Object.entries(record).toSorted());
  return sorted(a) === sorted(b);
}
