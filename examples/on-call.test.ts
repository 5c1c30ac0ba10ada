import assert from "node:assert/strict";
import { expectEvents, routes, test, wait } from "fast-ts/testing";

const disk = (metric: number) => ({ host: "db1", service: "disk /var", metric });

test("a full disk is told once, every four hours, and when it has had room for a while", () => {
  const t = routes("./on-call.ts");
  t.inject([disk(0.95), wait(600), disk(0.97), wait(14_000), disk(0.5), wait(60), disk(0.96), wait(600), disk(0.4)]);
  t.inject([wait(300)]);
  expectEvents(t.sinks.email, [
    { metric: 0.95, attributes: { "alert phase": "trigger", "alert key": "on call for disks/db1/disk /var" } },
    { metric: 0.97, attributes: { "alert phase": "repeat" } },
    { metric: 0.4, attributes: { "alert phase": "resolve" } },
  ]);
  const [first, , last] = t.rendered.alertmanager?.map(({ body }) => JSON.parse(body)[0]) ?? [];
  assert.deepEqual([first.labels.severity, last.endsAt], ["critical", new Date(t.now * 1000).toISOString()]);
});

test("a full disk is seven mails a day, and the end is told after any silence", () => {
  for (const [hours, messages] of [
    [1, 2],
    [24, 7],
    [7 * 24, 43],
  ] as const) {
    const t = routes("./on-call.ts");
    t.inject([disk(0.95), wait(hours * 3600 - 1), disk(0.5), wait(300)]);
    const { email = [] } = t.sinks;
    assert.equal(email.length, messages, `${hours} hours`);
    expectEvents(email.slice(-1), [{ attributes: { "alert phase": "resolve" } }]);
  }
});

test("what is silenced is told when the silence ends, if it still fires", () => {
  const t = routes("./on-call.ts");
  t.silence('host = "db1"', 7200);
  t.inject([disk(0.95), wait(7199)]);
  expectEvents(t.sinks.email, []);
  t.inject([wait(1)]);
  expectEvents(t.sinks.email, [{ metric: 0.95 }]);
});
