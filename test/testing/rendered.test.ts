import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hintFor } from "../../src/testing/failure-hints.ts";
import { type RenderedText, routes, wait } from "../../src/testing/index.ts";
import { routeDir } from "../routes/route-dir.ts";

const load = async (t: TestContext, pipelines: string): Promise<string> => {
  const text = `import * as f from "fast-ts";\nconst { alert, pagerduty, rollup, secret, slack, stdout } = f;\n${pipelines}`;
  return routeDir(t, { "a.ts": text });
};

const textOf = (sent: RenderedText | undefined): string => JSON.parse(sent?.body ?? "").text;

test("five messages an hour, and a flood as one: as they would be posted, without a secret", async (t) => {
  const dir = await load(t, 'f.pipeline("x", [rollup(5, 3600), slack(secret("SLACK_URL"))]);');
  const under = routes(join(dir, "a.ts"));
  under.inject(Array.from({ length: 40 }, (_, n) => ({ host: `h${n}`, service: "http", state: "critical" })));
  assert.deepEqual(
    under.rendered.slack?.map(textOf),
    [0, 1, 2, 3, 4].map((n) => `critical: h${n} http`),
  );
  under.inject([wait(3600)]);
  assert.deepEqual(
    [under.rendered.slack?.length, textOf(under.rendered.slack?.[5])],
    [6, "35 events: 35 critical: h5 http, h6 http, h7 http … 32 more"],
  );
  const [first] = under.recorded;
  assert.deepEqual(first?.rendered, [under.rendered.slack?.[0]]);
  assert.equal(first?.rendered[0]?.to, "POST secret(SLACK_URL)");
});

test("an incident is opened and resolved", async (t) => {
  const dir = await load(t, 'f.pipeline("disks", [alert([pagerduty(secret("PD"))])]);');
  const under = routes(join(dir, "a.ts"));
  under.inject([
    { host: "a", service: "disk", state: "critical" },
    wait(60),
    { host: "a", service: "disk", state: "ok" },
  ]);
  const sent = under.rendered.pagerduty?.map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    sent?.map(({ event_action, dedup_key, payload }) => [event_action, dedup_key, payload?.summary]),
    [
      ["trigger", "disks/a/disk", "critical: a disk"],
      ["resolve", "disks/a/disk", undefined],
    ],
  );
});

test("an event at which a function of a sink throws would not be sent: the log has the place in the route", async (t) => {
  const dir = await load(
    t,
    `const title = (e) => e.state.toUpperCase();\nf.pipeline("x", [slack(secret("SLACK_URL"), { title })]);`,
  );
  const under = routes(join(dir, "a.ts"));
  under.inject([{ service: "a" }, { service: "b", state: "ok" }]);
  const why = /slack\(title\) threw TypeError: .* \(reading 'toUpperCase'\) at \S*a\.ts:3:\d+$/;
  assert.match(String(under.log[0]?.fields.error), why);
  assert.deepEqual([under.restarts, under.rendered.slack?.length], [0, 1]);
  assert.match(hintFor(under.sinks.slack ?? {}) ?? "", /an event was refused: slack\(title\) threw/);
});

test("other sinks send nothing to people, and a sink that no route has is named", async (t) => {
  const under = routes(join(await load(t, 'f.pipeline("x", [stdout()]);'), "a.ts"));
  under.inject([{ host: "a" }]);
  assert.deepEqual(under.recorded[0]?.rendered, []);
  assert.throws(() => under.rendered.slack, { code: "FTS_TEST" });
});
