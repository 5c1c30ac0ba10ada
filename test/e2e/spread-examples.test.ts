import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../sources.ts";
import { Client } from "./client.ts";
import { DaemonProcess, type Files, routeDir } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";
import { DRIVERS, RecordingTargets, type Sent } from "./recording-targets.ts";

/*
 * All examples in real daemons with any number of workers, whose time goes on by steps: the same comes out of each sink,
 * in order for each host and service.
 */

const EXAMPLES = join(ROOT, "examples");
const CLOCK = fileURLToPath(new URL("./stepped-clock.js", import.meta.url));
/** Its index is in one worker, so all that share it would be. */
const STARTER = "starter.ts";
const files: Files = Object.fromEntries(
  readdirSync(EXAMPLES)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => [name, readFileSync(join(EXAMPLES, name), "utf8")]),
);

const HOSTS = ["web-1", "web-2", "db-1", "api-1", "zürich"];
const NODES = ["riak-1", "riak-2"];
const SERVICES = [
  "disk /",
  "disk /var",
  "cpu node",
  "cpu nginx",
  "memory java",
  "api latency",
  "web latency",
  "per-request",
];
const NAMED = ["riak gets", "riak get latency", "log nginx", "http", "click", "search", "shop", "login"];
/** All that tells what an event is about, the longer first. */
const NAMES = [...HOSTS, ...NODES, ...SERVICES, ...NAMED, "top cpu", "top memory", "users", "riak-cluster"].toSorted(
  (one, other) => other.length - one.length,
);
const ROUNDS = 34;
/** All is critical from the one to the other: five minutes, after which `disks.ts` tells. */
const BAD = [4, 26] as const;
/** When the first events come: no window ends then. */
const FIRST_SECONDS = 2.5;
/**
 * The steps of a round, in seconds, behind its events: no window ends, and nothing is held back, when a step does. All is
 * with the targets then, before the time goes on: no request takes too long.
 */
const STEPS = [2, 5, 5, 3];

function roundOf(n: number) {
  const isBad = n >= BAD[0] && n < BAD[1];
  const metric = (at: number): number => (isBad ? 0.91 + at / 1000 : ((n + at) % 8) / 10);
  const state = isBad ? "critical" : "ok";
  const plain = HOSTS.flatMap((host, at) =>
    SERVICES.map((service, nth) => ({ host, service, state, metric_d: metric(at + nth), ttl: 40 })),
  );
  const nodes = NODES.flatMap((host, at) =>
    ["riak gets", "riak get latency"].map((service) => ({ host, service, metric_d: metric(at) })),
  );
  const others = HOSTS.flatMap((host, at) => [
    { host, service: "log nginx", description: `line ${n}` },
    { host, service: "http", state, description: `answer ${n}` },
    ...["click", "search"].map((service) => ({
      ...{ host, service, tags: ["user"] },
      attributes: [{ key: "user", value: `u${(n + at) % 4}` }],
    })),
    ...(at % 2 === n % 2
      ? [{ host, service: at > 2 ? "shop" : "login", tags: ["exception"], description: `${n}` }]
      : []),
  ]);
  // Some fall silent, and expire.
  return [...plain, ...nodes, ...others].filter(({ host }) => n % 16 < 10 || host !== "web-2");
}

/** What came out of each sink, in order for each host and service. */
type Out = Readonly<Record<string, readonly string[]>>;

async function outOf(t: TestContext, names: readonly string[], workers: number): Promise<Out> {
  const targets = await RecordingTargets.open(t);
  const steps = join(routeDir(t, {}), "steps");
  const some = Object.fromEntries(names.map((name) => [name, files[name] ?? ""]));
  const env = { ...targets.env, STEPS: steps, NODE_OPTIONS: `--import ${CLOCK}` };
  const daemon = await DaemonProcess.start(t, { ...some, ...DRIVERS }, ["--workers", `${workers}`, "--no-watch"], env);
  const clock = connect(steps);
  const client = await Client.open(daemon.port);
  t.after(() => clock.destroy());
  t.after(() => client.close());
  let sent = 0;
  const step = async (seconds: number): Promise<void> => {
    clock.write(`${seconds}\n`);
    await once(clock, "data");
    await balanced(daemon, (now) =>
      now.every(({ offered, stages }) => offered >= sent && stages.every(({ pending }) => pending === 0)),
    );
  };
  await step(FIRST_SECONDS);
  for (let n = 0; n < ROUNDS; n++) {
    const events = roundOf(n);
    sent += events.length;
    await client.send(...events);
    await balanced(daemon, (now) => now.every(({ offered, inbox }) => offered >= sent && inbox === 0));
    for (const seconds of STEPS) await step(seconds);
  }
  for (const { placement, workers: hosts, name } of await balanced(daemon))
    assert.equal(hosts.length, placement.startsWith("all workers") ? workers : 1, `${name}: ${placement}`);
  const pages = await Promise.all(PAGES.map((page) => daemon.page(page)));
  assert.deepEqual(daemon.hangs, []);
  daemon.signal("SIGKILL");
  await daemon.exit;
  const printed = daemon.printed.map((line): Sent => ["stdout", line]);
  const out: Record<string, string[]> = {};
  const held = pages.flatMap(({ text }, at) => {
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.toSorted().map((line): Sent => [PAGES[at] ?? "", line]);
  });
  for (const [target, item] of [...targets.sent, ...printed, ...held]) {
    // Alertmanager is told how long what it is told is valid: from when it is written.
    const text = item.replace(/,"endsAt":"[^"]*"/, "");
    const plain = item.replaceAll("\\", "");
    const key = `${target}: ${NAMES.filter((name) => plain.includes(name)).join(", ")}`;
    out[key] = [...(out[key] ?? []), text];
  }
  return Object.fromEntries(Object.entries(out).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

const OWN = Object.keys(files).filter((name) => name !== STARTER);
const HTTP = [
  "",
  "api/v1/write",
  "api/v2/alerts",
  "logs-errors-default/_bulk",
  "loki/api/v1/push",
  "v1/metrics",
  "write",
];
const DRIVEN = ["kafka", "nats", "postgres", "redis"];
const OTHERS = ["dev@example.com", "file", "forward", "graphite", "ops@example.com", "stdout"];
const PAGES = ["/api/index?query=true", "/metrics/events"];

for (const [names, targets] of [
  [OWN, [...HTTP.map((path) => `/${path}`), ...DRIVEN, ...OTHERS, ...PAGES]],
  [[STARTER], ["stdout", ...PAGES]],
] as const)
  test(`examples give out the same in daemons with any number of workers: ${names.join(", ")}`, async (t) => {
    const whole = await outOf(t, names, 0);
    const found = new Set(Object.keys(whole).map((key) => key.replace(/: .*$/, "")));
    assert.deepEqual([...found].toSorted(), targets.toSorted());
    for (const workers of [1, 2, 8]) {
      const out = await outOf(t, names, workers);
      // One by one: a difference of all would take minutes to be shown.
      for (const key of Object.keys({ ...whole, ...out }))
        assert.deepEqual(out[key], whole[key], `${workers} workers: ${key}`);
    }
  });
