import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { EventFields } from "../../src/core/event.ts";
import { nowhere } from "../../src/core/stage.ts";
import { type AlertmanagerOptions, alertmanager } from "../../src/sinks/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { isWhole } from "../rounds.ts";
import { until } from "../until.ts";
import { HttpStub } from "./http-stub.ts";
import { live } from "./live.ts";

// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml: postableAlerts.

const stub = (await new HttpStub().open()).unref();

interface Sent {
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** A clock that is set, by so many seconds. */
class SetClock extends VirtualClock {
  setBy = 0;

  override now(): number {
    return super.now() + this.setBy;
  }
}

/** A sink in virtual time, which begins at `START`. */
function running(options: AlertmanagerOptions = {}, dataDir: string | null = null) {
  stub.received.length = 0;
  stub.answer = (response) => void response.end();
  const clock = new SetClock(START);
  const run = live([alertmanager(stub.url, options)], clock, nowhere, dataDir);
  return {
    clock,
    run,
    log: run.log,
    /** Resolves with what is sent when these events come together. */
    async tell(...events: EventFields[]): Promise<readonly Sent[]> {
      const before = stub.received.length;
      run.offer(...events);
      await until(
        "the events to be taken",
        () => stub.received.length > before && run.report("alertmanager#0").pending === 0,
      );
      return stub.received.slice(before).flatMap(({ body }) => JSON.parse(body));
    },
    /** Resolves with what is sent in the next minute. */
    async minute(): Promise<readonly Sent[]> {
      const before = stub.received.length;
      clock.advanceTo(clock.elapsed() + 60);
      for (let turns = 0; turns < 50 || stub.received.length === before; turns++) await turn();
      return stub.received.slice(before).flatMap(({ body }) => JSON.parse(body));
    },
    end(): Promise<void> {
      run.abandon();
      return run.targets.close();
    },
  };
}

const START = Date.UTC(2025, 10, 29, 22) / 1000;
const alerted = (phase: string, fields: EventFields = {}): EventFields => ({
  ...{ host: "db1", service: "disk /var", state: "critical", metric: 0.95 },
  ...fields,
  attributes: { "alert phase": phase, "alert key": "k", "alert since": String(START - 600) },
});
const seconds = (time: string | undefined): number => Date.parse(time ?? "") / 1000 - START;

test("an alert that begins is posted with labels, annotations and five minutes to live", async () => {
  const sink = running({ url: () => "https://dash.example.com/" });
  await sink.tell(alerted("trigger", { description: "full" }));
  const [request] = stub.received;
  assert.deepEqual([request?.method, request?.path], ["POST", "/api/v2/alerts"]);
  assert.equal(request?.headers["content-type"], "application/json");
  assert.equal(
    request?.body,
    '[{"labels":{"alertname":"disk /var","host":"db1","severity":"critical"},"annotations":{' +
      '"summary":"critical: db1 disk /var","description":"0.95\\nsince 2025-11-29 21:50:00 UTC, 10 min\\nfull",' +
      '"value":"0.95"},"startsAt":"2025-11-29T21:50:00.000Z","endsAt":"2025-11-29T22:05:00.000Z",' +
      '"generatorURL":"https://dash.example.com/"}]',
  );
  sink.end();
});

test("it is renewed each minute for as long as it fires, and ends with the labels that it has", async () => {
  const sink = running();
  await sink.tell(alerted("trigger"));
  for (const minute of [1, 2, 3]) {
    const [again, ...others] = await sink.minute();
    assert.deepEqual([others.length, seconds(again?.startsAt), seconds(again?.endsAt)], [0, -600, minute * 60 + 300]);
  }
  const [over] = await sink.tell(alerted("resolve", { state: "ok" }));
  assert.deepEqual([over?.labels.severity, seconds(over?.startsAt), seconds(over?.endsAt)], ["critical", -600, 180]);
  sink.clock.advanceTo(sink.clock.now() + 600);
  for (let turns = 0; turns < 50; turns++) await turn();
  assert.equal(stub.received.length, 5, "nothing is renewed any more");
  sink.end();
});

test("when its labels change, it ends under the old ones", async () => {
  const sink = running();
  await sink.tell(alerted("trigger"));
  const sent = await sink.tell(alerted("update", { state: "warning" }));
  assert.deepEqual(
    sent.map(({ labels, endsAt }) => [labels.severity, seconds(endsAt)]),
    [
      ["critical", 0],
      ["warning", 300],
    ],
  );
  assert.deepEqual(
    (await sink.minute()).map(({ labels }) => labels.severity),
    ["warning"],
  );
  sink.end();
});

test("what begins and ends in one request ends", async () => {
  const sink = running();
  const sent = await sink.tell(alerted("trigger"), alerted("resolve", { state: "ok" }), alerted("trigger"));
  assert.deepEqual(
    sent.map(({ labels, endsAt }) => [labels.severity, seconds(endsAt)]),
    [
      ["critical", 300],
      ["critical", 0],
      ["critical", 300],
    ],
  );
  assert.equal((await sink.minute()).length, 1);
  sink.end();
});

test("a renewal that fails is logged, and tried again with the next", async () => {
  const sink = running();
  await sink.tell(alerted("trigger"));
  stub.answer = (response) => void response.writeHead(500).end("no");
  await sink.minute();
  await until("a log line", () => sink.log.length > 0);
  assert.equal(sink.log[0]?.message, "alerts are not renewed, the next try is in a minute");
  stub.answer = (response) => void response.end();
  assert.equal((await sink.minute()).length, 1);
  sink.end();
});

test("a renewal without an answer is given up, and the next one goes on", async () => {
  const sink = running();
  await sink.tell(alerted("trigger"));
  stub.answer = () => {};
  await sink.minute();
  stub.answer = (response) => void response.end();
  sink.clock.advanceTo(sink.clock.now() + 30);
  await until("a log line", () => sink.log.length > 0);
  assert.deepEqual(sink.log[0]?.fields, { error: "no answer within 30 s" });
  assert.equal((await sink.minute()).length, 1);
  sink.end();
});

test("what ends while others are renewed is renewed no more, and heard of after them", async () => {
  const sink = running({ batch: { events: 1000 } });
  const many = Array.from({ length: 501 }, (_, n) => ({ host: `${n}`, state: "critical" }));
  await sink.tell(...many);
  const held: (() => void)[] = [];
  stub.answer = (response) => void held.push(() => response.end());
  await sink.minute();
  sink.run.offer(...many.map((event) => ({ ...event, state: "ok" })));
  for (let turns = 0; turns < 50; turns++) await turn();
  assert.equal(stub.received.length, 3, "the ends wait for the renewal that is under way");
  stub.answer = (response) => void response.end();
  for (const answer of held) answer();
  await until("all to be taken", () => sink.run.report("alertmanager#0").pending === 0);
  for (let turns = 0; turns < 50; turns++) await turn();
  const last = new Map(
    stub.received.flatMap(({ body }) => JSON.parse(body)).map((one) => [one.labels.host, one.endsAt]),
  );
  assert.deepEqual([...new Set(last.values())].map(seconds), [60]);
  sink.end();
});

if (isWhole)
  test("what takes too much memory together is not renewed, the oldest first, and the log says so", async () => {
    const sink = running({ batch: { bytes: 1 } });
    const long = "x".repeat(24 * 1024 * 1024);
    for (const host of ["1", "2", "3"]) await sink.tell({ host, state: "critical", description: long });
    const hosts = (await sink.minute()).map(({ labels }) => labels.host);
    assert.deepEqual(hosts, ["2", "3"]);
    assert.deepEqual(
      sink.log.map(({ message }) => message),
      ["too many alerts fire: those heard of longest ago are not renewed, Alertmanager takes them for resolved"],
    );
    sink.end();
  });

test("what nobody speaks of for a day is renewed no longer, and alerts that are many go in several requests", async () => {
  const sink = running({ batch: { events: 1000 } });
  await sink.tell(...Array.from({ length: 600 }, (_, n) => ({ host: `${n}`, state: "critical" })));
  await sink.minute();
  await until("four requests", () => stub.received.length >= 4);
  assert.deepEqual(
    stub.received.map(({ body }) => JSON.parse(body).length),
    [500, 100, 500, 100],
  );
  stub.received.length = 0;
  sink.clock.advanceTo(START + 86_460);
  for (let turns = 0; turns < 50; turns++) await turn();
  const before = stub.received.length;
  sink.clock.advanceTo(START + 90_000);
  for (let turns = 0; turns < 50; turns++) await turn();
  assert.equal(stub.received.length, before);
  sink.end();
});

for (const [where, days] of [
  ["forward", 2],
  ["back", -2],
] as const)
  test(`what fires is renewed for a day though the clock is set ${where} by two`, async () => {
    const sink = running();
    await sink.tell({ host: "a", state: "critical" });
    sink.clock.setBy = days * 86_400;
    assert.equal((await sink.minute()).length, 1);
    sink.clock.advanceTo(START + 86_400);
    for (let turns = 0; turns < 50; turns++) await turn();
    const before = stub.received.length;
    sink.clock.advanceTo(START + 86_580);
    for (let turns = 0; turns < 50; turns++) await turn();
    assert.equal(stub.received.length, before);
    sink.end();
  });

test("the next process renews what fires from its first minute on, though nobody tells of it", async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), "fast-ts-alertmanager-"));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const first = running({}, dataDir);
  await first.tell(alerted("trigger"), {
    ...alerted("trigger"),
    host: "db2",
    attributes: { "alert phase": "trigger", "alert key": "l" },
  });
  await first.tell({ ...alerted("resolve"), host: "db2", attributes: { "alert phase": "resolve", "alert key": "l" } });
  await first.end();
  const next = running({}, dataDir);
  for (; stub.received.length === 0; next.clock.advanceTo(next.clock.now() + 1)) await turn();
  const sent: readonly Sent[] = JSON.parse(stub.received[0]?.body ?? "");
  assert.deepEqual(
    sent.map(({ labels, startsAt }) => [labels.host, seconds(startsAt)]),
    [["db1", -600]],
  );
  await next.end();
});
