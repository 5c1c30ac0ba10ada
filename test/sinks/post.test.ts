import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Stage } from "../../src/core/stage.ts";
import { secret } from "../../src/delivery/secret.ts";
import * as sinks from "../../src/sinks/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { setEnvironment } from "../environment.ts";
import { until } from "../until.ts";
import { HttpStub } from "./http-stub.ts";
import { isBalanced, live } from "./live.ts";

const stub = (await new HttpStub().open()).unref();
const { url } = stub;

/** Every sink that posts to people, with the server it posts to. */
const CHATS: Readonly<Record<string, () => Stage<never, unknown>>> = {
  discord: () => sinks.discord(`${url}/hook`),
  ntfy: () => sinks.ntfy(`${url}/topic`),
  pushover: () => sinks.pushover("user", { token: "app", api: url }),
  slack: () => sinks.slack(`${url}/hook`),
  teams: () => sinks.teams(`${url}/hook`),
  telegram: () => sinks.telegram("token", 1, { api: url }),
};
const ALL: typeof CHATS = {
  ...CHATS,
  alertmanager: () => sinks.alertmanager(url),
  jsm: () => sinks.jsm("key", { api: url }),
  pagerduty: () => sinks.pagerduty("key", { api: url }),
};

type Answer = (response: ServerResponse) => void;
const status =
  (code: number, text = "no", headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end(text);

/** A sink whose requests are answered in turn, the last answer again and again; time stands still unless it is moved. */
function against(make: () => Stage<never, unknown>, ...answers: readonly Answer[]) {
  stub.received.length = 0;
  let n = 0;
  stub.answer = (response) => {
    answers[Math.min(n, answers.length - 1)]?.(response);
    n++;
  };
  const clock = new VirtualClock();
  const stages = [make()];
  const run = live(stages as never, clock);
  const place = `${stages[0]?.name}#0`;
  return {
    clock,
    log: run.log,
    report: () => run.report(place),
    requests: () => stub.received.length,
    /** Until so many writes are over, well or not. */
    async written(count: number): Promise<void> {
      const over = () => run.targets.reports()[0]?.seconds.counts.reduce((sum, n) => sum + n, 0);
      await this.until(() => over() === count);
    },
    offer: () => run.offer({ host: "a", service: "b", state: "critical" }),
    async until(isSo: () => boolean): Promise<void> {
      await until("what the test waits for", isSo, undefined, () => JSON.stringify([this.report(), run.log]));
    },
    async settled(): Promise<void> {
      await this.until(() => this.report().handled > 0 && this.report().pending === 0);
      assert.ok(isBalanced(this.report()), JSON.stringify(this.report()));
    },
    end(): void {
      run.abandon();
      run.targets.close();
    },
  };
}

const ok = status(200, "{}");

describe("what is worth another try gets one", () => {
  for (const [name, make] of Object.entries(ALL)) {
    test(`${name}: 429 with Retry-After, then not before it is over`, async () => {
      const sink = against(make, status(429, "slow", { "retry-after": "20" }), ok);
      sink.offer();
      await sink.written(1);
      sink.clock.advanceTo(19.9);
      for (let turns = 0; turns < 20; turns++) await turn();
      assert.equal(sink.requests(), 1);
      sink.clock.advanceTo(25);
      await sink.settled();
      assert.deepEqual([sink.requests(), sink.report().delivered], [2, 1]);
      sink.end();
    });

    test(`${name}: 500, 503, an answer that is half written`, async () => {
      const half: Answer = (response) => {
        response.writeHead(200, { "content-length": "100" }).write("half");
        setImmediate(() => response.destroy());
      };
      const sink = against(make, status(500), status(503), half, ok);
      sink.offer();
      for (const count of [1, 2, 3]) {
        await sink.written(count);
        sink.clock.advanceTo(sink.clock.now() + 25);
      }
      await sink.settled();
      assert.deepEqual([sink.requests(), sink.report().delivered], [4, 1]);
      sink.end();
    });

    test(`${name}: no answer within the time for it`, async () => {
      const sink = against(make, () => {}, ok);
      sink.offer();
      await sink.until(() => sink.requests() === 1);
      sink.clock.advanceTo(30);
      await sink.written(1);
      sink.clock.advanceTo(55);
      await sink.settled();
      assert.equal(sink.report().delivered, 1);
      sink.end();
    });
  }
});

describe("what will never be taken is given up at once, with the answer in the log", () => {
  for (const [name, make] of Object.entries(ALL))
    for (const [code, reason] of [
      [400, "refused"],
      [401, "failed"],
      [403, "failed"],
      [404, "refused"],
      [410, "refused"],
    ] as const)
      test(`${name}: ${code}`, async () => {
        const sink = against(make, status(code, "why it is not"));
        sink.offer();
        await sink.settled();
        assert.deepEqual([sink.requests(), sink.report().dropped[reason]], [1, 1]);
        assert.match(JSON.stringify(sink.log), new RegExp(`answered ${code}.*why it is not`));
        sink.end();
      });
});

describe("a channel that is gone is asked again after ten minutes only", () => {
  for (const [name, make] of Object.entries(CHATS))
    test(name, async () => {
      const sink = against(make, status(404), ok);
      sink.offer();
      await sink.settled();
      sink.clock.advanceTo(599);
      sink.offer();
      await sink.until(() => sink.report().dropped.refused === 2);
      assert.equal(sink.requests(), 1);
      sink.clock.advanceTo(600);
      sink.offer();
      await sink.until(() => sink.report().delivered === 1);
      assert.equal(sink.requests(), 2);
      sink.end();
    });
});

// https://discord.com/developers/docs/topics/rate-limits, and ResponseParameters of https://core.telegram.org/bots/api
const WAITS: Readonly<Record<string, string>> = {
  discord: '{"message":"You are being rate limited.","retry_after":20.5,"global":false}',
  telegram: '{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":20.5}}',
};

for (const [name, body] of Object.entries(WAITS))
  test(`${name} says in the body of its answer how long to wait`, async () => {
    const sink = against(CHATS[name] ?? assert.fail(), status(429, body, { "retry-after": "1" }), ok);
    sink.offer();
    await sink.written(1);
    sink.clock.advanceTo(20.4);
    for (let turns = 0; turns < 20; turns++) await turn();
    assert.equal(sink.requests(), 1);
    sink.clock.advanceTo(26);
    await sink.settled();
    assert.equal(sink.report().delivered, 1);
    sink.end();
  });

for (const [where, answer] of [
  ["in the body", status(429, '{"retry_after":1e9}')],
  ["in the header", status(429, "slow", { "retry-after": "1000000000" })],
] as const)
  test(`a target that asks ${where} to be left alone for years is asked again after a day`, async () => {
    const sink = against(() => sinks.discord(`${url}/hook`, { retryFor: 1e9 }), answer, ok);
    sink.offer();
    await sink.written(1);
    sink.clock.advanceTo(86_399);
    for (let turns = 0; turns < 20; turns++) await turn();
    assert.equal(sink.requests(), 1);
    sink.clock.advanceTo(86_410);
    await sink.settled();
    assert.equal(sink.report().delivered, 1);
    sink.end();
  });

test("what comes faster than a chat takes it is one message, with all of it", async () => {
  const sink = against(() => sinks.slack(`${url}/hook`), ok);
  sink.offer();
  await sink.until(() => sink.report().delivered === 1);
  for (let n = 0; n < 30; n++) sink.offer();
  sink.clock.advanceTo(1);
  await sink.until(() => sink.report().delivered === 31);
  assert.equal(sink.requests(), 2);
  const { text, attachments } = JSON.parse(stub.received[1]?.body ?? "");
  assert.deepEqual([text, attachments.length], ["30 events: critical: a b", 11]);
  assert.equal(attachments[10].blocks[0].text.text, "… 20 more");
  sink.end();
});

test("what a target echoes of a credential is masked", async (t) => {
  setEnvironment(t, { FTS_TEST_POST_URL: `${url}/services/hidden-word`, FTS_TEST_POST_KEY: "hidden-word" });
  const echoes: readonly [() => Stage<never, unknown>, string][] = [
    [() => sinks.slack(secret("FTS_TEST_POST_URL")), "/services/hidden-word is gone"],
    [() => sinks.pagerduty(secret("FTS_TEST_POST_KEY"), { api: url }), "hidden-word is unknown"],
    [() => sinks.telegram(secret("FTS_TEST_POST_KEY"), 1, { api: url }), "bothidden-word is unknown"],
  ];
  for (const [make, answer] of echoes) {
    const sink = against(make, status(400, answer));
    sink.offer();
    await sink.settled();
    assert.match(JSON.stringify(sink.log), /\*\*\* is /);
    assert.doesNotMatch(JSON.stringify(sink.log), /hidden-word/);
    sink.end();
  }
});
