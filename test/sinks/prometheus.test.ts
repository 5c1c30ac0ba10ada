import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { EventFields } from "../../src/core/event.ts";
import { FastTsError } from "../../src/errors.ts";
import { type PrometheusOptions, prometheus } from "../../src/sinks/prometheus.ts";
import { EVENT_SERIES, ScrapedSeries } from "../../src/sinks/scraped-series.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { isBalanced, live } from "./live.ts";

/** What the page shows after these events, and `later` seconds after that. */
async function pageOf(events: readonly EventFields[], options: PrometheusOptions = {}, later = 0): Promise<string> {
  const clock = new VirtualClock();
  const run = live([prometheus(options)], clock);
  run.offer(...events);
  for (let tries = 0; run.report("prometheus#0").pending > 0; tries++) {
    assert.ok(tries < 10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(isBalanced(run.report("prometheus#0")));
  if (later > 0) clock.advanceTo(clock.now() + later);
  const text = [...EVENT_SERIES.text(clock.now())].join("");
  run.targets.close();
  return text;
}

const samples = (text: string): string[] => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const CPU = { host: "web1", service: "cpu load", metric: 0.25 };
const NONE = "fast_ts_scrape_collisions_total 0";

test("each series has its last metric, with host and attributes as labels", async () => {
  const text = await pageOf([
    CPU,
    { ...CPU, metric: 0.5, attributes: {} },
    { ...CPU, host: null, metric: Number.POSITIVE_INFINITY },
    { ...CPU, service: "api req 0.95", metric: Number.NaN, attributes: { "zone.a": 'a "b" \\\n' } },
  ]);
  const page = `# HELP cpu_load From events.
# TYPE cpu_load gauge
cpu_load{host="web1"} 0.5
cpu_load +Inf
# HELP api_req_0_95 From events.
# TYPE api_req_0_95 gauge
api_req_0_95{host="web1",zone_a="a \\"b\\" \\\\\\n"} NaN
`;
  assert.ok(text.startsWith(page), text);
});

test("promtool check metrics has nothing to say", {
  skip: spawnSync("promtool", ["--version"]).error === undefined || process.env.CI ? false : "there is no promtool",
}, async () => {
  const input = await pageOf([CPU, { ...CPU, service: "Other ☃ thing", attributes: { "0": "x", __name__: "y" } }]);
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
  assert.deepEqual([status, stdout, stderr], [0, "", ""]);
});

test("a series ends with its ttl, or when its event expires", async () => {
  const events = [CPU, { ...CPU, service: "short", ttl: 5 }, { ...CPU, service: "gone" }];
  const expired = { host: "web1", service: "gone", state: "expired", metric: null };
  assert.deepEqual(samples(await pageOf([...events, expired])), [
    'cpu_load{host="web1"} 0.25',
    'short{host="web1"} 0.25',
    NONE,
  ]);
  assert.deepEqual(samples(await pageOf(events, {}, 5)), [
    'cpu_load{host="web1"} 0.25',
    'gone{host="web1"} 0.25',
    NONE,
  ]);
  assert.deepEqual(samples(await pageOf(events, {}, 60)), [NONE]);
});

test("names and labels may be the user's; series that become the same are counted", async () => {
  const name = ({ service }: { service: string | null }): string => `app.${service}`;
  const labels = ({ host }: { host: string | null }) => ({ "the host": host, none: null });
  assert.deepEqual(samples(await pageOf([CPU], { name, labels })), ['app_cpu_load{the_host="web1"} 0.25', NONE]);
  const same = [CPU, { ...CPU, service: "cpu.load", metric: 1 }, { ...CPU, metric: 2 }];
  const collided = ['cpu_load{host="web1"} 2', "fast_ts_scrape_collisions_total 2"];
  assert.deepEqual(samples(await pageOf(same)), collided);
});

test("what has no service or no metric is refused", async () => {
  const run = live([prometheus()], new VirtualClock());
  run.offer({ service: null, metric: 1 }, { service: "a", metric: null });
  assert.equal(run.report("prometheus#0").dropped.refused, 2);
  await run.stop();
});

test("of more series than there is room for samples are turned away, until others have ended", () => {
  const series = new ScrapedSeries();
  const sample = (n: number) => ({ name: "a", labels: `n="${n}"`, origin: "", value: n, ttl: 60 });
  for (let n = 0; n < 100_000; n++) assert.ok(series.put(sample(n), 0));
  assert.ok(!series.put(sample(100_000), 59));
  assert.ok(series.put(sample(0), 59));
  assert.ok(series.put(sample(100_000), 60));
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => prometheus({ name: "x" as never }), /prometheus\(name\): must be a function/],
    [() => prometheus({ labels: {} as never }), /prometheus\(labels\): must be a function/],
    [() => prometheus({ port: 9100 } as never), /prometheus\(options\): there is no option "port"/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
