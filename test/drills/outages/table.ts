import type { TestContext } from "node:test";
import { lackingPostgres } from "../../e2e/postgres-server.ts";
import { lackingRabbitMq } from "../../e2e/rabbitmq-server.ts";
import { lacking, withoutDriver } from "../../e2e/real-server.ts";
import { amqpTarget, mqttTarget } from "./broker-targets.ts";
import type { Mood } from "./mood.ts";
import { type OutageTarget, StubTarget } from "./outage-target.ts";
import { execTarget, fileTarget, kafkaTarget, natsTarget, postgresTarget, redisTarget } from "./real-targets.ts";

export interface OutageRow {
  start(t: TestContext): Promise<OutageTarget>;
  /** The sink in a route file; `options` are those of the delivery. */
  sink(address: string, options: string): string;
  /** How it fails, one after the other. @default away, silent, refuses, cuts */
  readonly moods?: readonly Exclude<Mood, "well">[];
  /** Events a second. @default 10,000 */
  readonly rate?: number;
  /** Whether the docs promise the order. @default false */
  readonly isOrdered?: boolean;
  /** Whether the docs say that nothing comes twice. @default false */
  readonly isOnce?: boolean;
  /** What the target can tell of: all events, or a few of each message; one that answers nothing, or forgets: most. @default "all" */
  readonly knows?: "all" | "most" | "some";
  /** Why it cannot run here. @default false: it can */
  readonly skip?: string | false;
}

const stub = (kind: string, sink: OutageRow["sink"], more: Partial<OutageRow> = {}): OutageRow => ({
  ...{ start: (t) => StubTarget.start(t, kind), sink },
  ...more,
});
/** Messages to people: merged, one a second. */
const people = (kind: string, sink: OutageRow["sink"]): OutageRow =>
  stub(kind, (at, options) => sink(at, `rate: { n: 1, seconds: 1 }, ${options}`), { knows: "some" });
const REAL = ["away", "silent", "cuts"] as const;

/** How each sink is made to fail; those that are not here are left out by {@link UNDRILLED}. */
export const OUTAGES: Readonly<Record<string, OutageRow>> = {
  // A server that turns a message down three times does not want it.
  forward: stub("riemann", (at, options) => `forward("${at}", { ${options} })`, { moods: REAL, isOrdered: true }),
  // Carbon answers nothing: what lay in a connection that broke is lost, but for the last two writes.
  graphite: stub("carbon", (at, options) => `graphite("${at}", { ${options} })`, { moods: REAL, knows: "most" }),
  ...{
    webhook: stub("webhook", (at, options) => `webhook("http://${at}/", { ${options} })`, { isOrdered: true }),
    influxdb: stub("influxdb", (at, options) => `influxdb("http://${at}/", { db: "d", ${options} })`),
    remoteWrite: stub("remoteWrite", (at, options) => `remoteWrite("http://${at}/", { ${options} })`),
    otlp: stub("otlp", (at, options) => `otlp("http://${at}/", { ${options} })`),
    elasticsearch: stub("elasticsearch", (at, options) => `elasticsearch("http://${at}/", { index: "i", ${options} })`),
    loki: stub("loki", (at, options) => `loki("http://${at}/", { ${options} })`),
    clickhouse: stub("clickhouse", (at, options) => `clickhouse("http://${at}/", { table: "t", ${options} })`),
    datadog: stub("datadog", (at, options) => `datadog({ site: "http://${at}/", apiKey: "k", ${options} })`),
    splunk: stub("splunk", (at, options) => `splunk("http://${at}/", { token: "t", ${options} })`, { isOrdered: true }),
  },
  kafka: {
    ...{ start: kafkaTarget, sink: (at, options) => `kafka("${at}", { topic: "events", ${options} })` },
    ...{ moods: ["away", "silent"], rate: 4_000, isOrdered: true, knows: "most" },
    skip: lacking("kcat") || withoutDriver("kafkajs"),
  },
  nats: {
    ...{ start: natsTarget, moods: REAL, rate: 4_000, isOrdered: true, isOnce: true },
    sink: (at, options) => `nats("nats://${at}", { subject: "events", jetstream: true, ${options} })`,
    skip: lacking("nats-server") || withoutDriver("@nats-io/transport-node"),
  },
  redis: {
    ...{ start: redisTarget, sink: (at, options) => `redis("redis://${at}", { stream: "events", ${options} })` },
    ...{ moods: REAL, isOrdered: true, skip: lacking("redis-server") || withoutDriver("ioredis") },
  },
  postgres: {
    ...{ start: postgresTarget, moods: REAL, isOrdered: true, skip: lackingPostgres },
    sink: (at, options) => `postgres("postgres://me@${at}/postgres", { table: "events", create: true, ${options} })`,
  },
  amqp: {
    ...{ start: amqpTarget, moods: REAL, rate: 500, isOrdered: true, skip: lackingRabbitMq },
    sink: (at, options) => `amqp("amqp://${at}", { exchange: "", routingKey: "events", ${options} })`,
  },
  mqtt: {
    ...{ start: mqttTarget, moods: REAL, rate: 5000, isOrdered: true },
    sink: (at, options) => `mqtt("mqtt://${at}", { topic: "events", ${options} })`,
    skip: lacking("mosquitto") || withoutDriver("mqtt"),
  },
  exec: {
    ...{ start: execTarget, sink: (path, options) => `exec(["${path}"], { ${options} })` },
    ...{ moods: ["silent", "refuses"], rate: 5000, isOrdered: true },
  },
  file: {
    ...{ start: fileTarget, sink: (path, options) => `file("${path}", { ${options} })` },
    ...{ moods: ["away", "refuses"], isOrdered: true, isOnce: true },
  },
  email: stub(
    "smtp",
    (at, options) => `email("ops@example.com", { from: "fts@example.com", smtp: "smtp://${at}", ${options} })`,
    { rate: 100, isOrdered: true },
  ),
  alertmanager: stub("alertmanager", (at, options) => `alertmanager("http://${at}", { ${options} })`, { rate: 2000 }),
  pagerduty: stub("pagerduty", (at, options) => `pagerduty("k", { api: "http://${at}/", ${options} })`, {
    ...{ rate: 200, isOrdered: true },
  }),
  jsm: stub("jsm", (at, options) => `jsm("k", { api: "http://${at}/", ${options} })`, { rate: 200, isOrdered: true }),
  slack: people("slack", (at, options) => `slack("http://${at}/", { ${options} })`),
  teams: people("teams", (at, options) => `teams("http://${at}/", { ${options} })`),
  discord: people("discord", (at, options) => `discord("http://${at}/", { ${options} })`),
  telegram: people("telegram", (at, options) => `telegram("t", 1, { api: "http://${at}", ${options} })`),
  pushover: people("pushover", (at, options) => `pushover("u", { token: "t", api: "http://${at}/", ${options} })`),
  ntfy: people("ntfy", (at, options) => `ntfy("http://${at}/topic", { ${options} })`),
};

/** Sinks that send nothing anywhere: their output is of the process itself. */
export const UNDRILLED = ["prometheus", "stdout"];

export const MOODS = ["away", "silent", "refuses", "cuts"] as const;
