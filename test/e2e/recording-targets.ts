import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";
import { HttpStub, type Received } from "../sinks/http-stub.ts";
import { smtpServer } from "../sinks/smtp-server.ts";
import { unsnappy } from "../wire/unsnappy.ts";
import { type Files, routeDir } from "./daemon-process.ts";
import { server } from "./fake-server.ts";

/** Where what a driver is given goes: a line of JSON each. */
const NOTED = "DRIVERS";
const NOTE = `const { appendFileSync } = require("node:fs");
const note = (target, text) => appendFileSync(process.env.${NOTED}, JSON.stringify([target, text]) + ",\\n");
`;

/** Drivers of sinks, beside the routes: they note what they are given. */
export const DRIVERS: Files = Object.fromEntries(
  Object.entries({
    kafkajs: `exports.CompressionTypes = exports.Partitioners = {};
exports.Kafka = class { producer() { return { connect: async () => {}, disconnect: async () => {},
  send: async ({ messages }) => messages.forEach(({ value }) => note("kafka", value)) }; } };`,
    "@nats-io/transport-node": `exports.headers = () => new Map();
exports.connect = async () => ({ closed: () => new Promise(() => {}), close: () => {}, flush: async () => {},
  publish: (subject, value) => note("nats", subject + " " + value) });`,
    ioredis: `exports.Redis = class { on() {} disconnect() {} async connect() {}
  pipeline(all) { return { exec: async () => all.map((words) => (note("redis", words.join(" ")), [null, "OK"])) }; } };`,
    pg: `exports.Client = class { on() {} async connect() {} async end() {}
  async query(text, values = [[]]) { values[0].forEach((_, n) => note("postgres", values.map((one) => one[n]).join())); } };`,
  }).map(([name, code]) => [`node_modules/${name}/index.js`, NOTE + code]),
);

// The fields that are used of opentelemetry-proto 1 and of prometheus/prompb.
const { root } = protobuf.parse(`syntax = "proto3";
  message Metrics { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message Metric { string name = 1; Gauge gauge = 5; }
  message Gauge { repeated Point data_points = 1; }
  message Point { fixed64 time_unix_nano = 3; double as_double = 4; repeated KeyValue attributes = 7; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; }
  message WriteRequest { repeated TimeSeries timeseries = 1; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }`);

/** What of a request is about one event each, by its path. */
const ITEMS: Readonly<Record<string, (body: Buffer) => readonly unknown[]>> = {
  "/write": linesOf,
  "/": linesOf, // ClickHouse
  "/loki/api/v1/push": (body) =>
    (JSON.parse(String(body)).streams as { stream: unknown; values: unknown[] }[]).flatMap(({ stream, values }) =>
      values.map((value) => [stream, value]),
    ),
  "/logs-errors-default/_bulk": (body) => linesOf(body).filter((_, n) => n % 2 === 1),
  "/v1/metrics": (body) =>
    read("Metrics", body).resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ name, gauge }) => gauge.dataPoints.map((point) => [name, resource, point])),
      ),
    ),
  "/api/v1/write": (body) =>
    read("WriteRequest", unsnappy(body)).timeseries.flatMap(({ labels, samples }) =>
      samples.map((sample) => [labels, sample]),
    ),
  "/api/v2/alerts": (body) => JSON.parse(String(body)),
};

interface Messages {
  readonly Metrics: {
    readonly resourceMetrics: readonly {
      readonly resource: unknown;
      readonly scopeMetrics: readonly {
        readonly metrics: readonly {
          readonly name: string;
          readonly gauge: { readonly dataPoints: readonly unknown[] };
        }[];
      }[];
    }[];
  };
  readonly WriteRequest: {
    readonly timeseries: readonly { readonly labels: unknown; readonly samples: readonly unknown[] }[];
  };
}

function read<Name extends keyof Messages>(name: Name, body: Buffer): Messages[Name] {
  return root.lookupType(name).decode(body).toJSON() as Messages[Name];
}

function linesOf(body: Buffer): readonly string[] {
  return String(body)
    .split("\n")
    .filter((line) => line !== "");
}

/** What the sinks of the examples send to: keeps what it is sent, as a text for each event. */
export class RecordingTargets {
  /** The variables that the examples read. */
  readonly env: NodeJS.ProcessEnv;
  readonly #sources: readonly (() => readonly Sent[])[];

  static async open(t: TestContext): Promise<RecordingTargets> {
    const web = await new HttpStub().open();
    const lines: Sent[] = [];
    const carbon = createServer((socket) =>
      createInterface(socket).on("line", (line) => lines.push(["graphite", line])),
    ).listen(0, "127.0.0.1");
    const [centre, mail] = await Promise.all([server({ ok: true }), smtpServer(), once(carbon, "listening")]);
    const [dir, { port }] = [routeDir(t, {}), carbon.address() as AddressInfo];
    t.after(async () => {
      centre.close();
      carbon.close();
      await Promise.all([web.close(), mail.close()]);
    });
    web.answer = (response, request) =>
      void response.end(JSON.stringify({ items: itemsOf(request).map(() => CREATED) }));
    const [drivers, events] = [join(dir, "drivers"), join(dir, "events")];
    for (const file of [drivers, events]) writeFileSync(file, "");
    const url = { INFLUX_URL: web.url, LOKI_URL: web.url, CLICKHOUSE_URL: web.url, OTLP_URL: web.url };
    return new RecordingTargets(
      {
        ...{ ...url, ELASTIC_URL: web.url, PROMETHEUS_URL: `${web.url}/api/v1/write`, CENTRE: centre.at },
        ...{ GRAPHITE_PORT: String(port), FTS_SMTP_URL: mail.url, EVENTS_FILE: events, [NOTED]: drivers },
        // For the names that are in the examples.
        ...{ HTTP_PROXY: web.url, NO_PROXY: "127.0.0.1" },
      },
      [
        () => web.received.flatMap((one) => itemsOf(one).map((item): Sent => [pathOf(one), JSON.stringify(item)])),
        () => centre.messages.flatMap(({ events = [] }) => events.map((one): Sent => ["forward", JSON.stringify(one)])),
        () => mail.mails.map(({ to, text }): Sent => [to.join(), text.replaceAll(MAIL_ALONE, "")]),
        () => JSON.parse(`[${readFileSync(drivers, "utf8").slice(0, -2)}]`),
        () => linesOf(readFileSync(events)).map((line): Sent => ["file", line]),
        () => lines,
      ],
    );
  }

  private constructor(env: NodeJS.ProcessEnv, sources: readonly (() => readonly Sent[])[]) {
    this.env = env;
    this.#sources = sources;
  }

  get sent(): readonly Sent[] {
    return this.#sources.flatMap((source) => source());
  }
}

/** To which target, and what about an event. */
export type Sent = readonly [target: string, text: string];

const CREATED = { create: { status: 201 } };
/** What two mails never have in common. */
const MAIL_ALONE = /^(Message-ID|Date):.*\r\n|--_NmP-\S+|boundary="[^"]*"/gm;

function pathOf({ path }: Pick<Received, "path">): string {
  return new URL(path, "http://any").pathname;
}

function itemsOf({ headers, bytes, ...request }: Received): readonly unknown[] {
  const path = pathOf(request);
  const items = ITEMS[path];
  if (items === undefined) throw new Error(`nobody knows what ${path} is sent`);
  return items(headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes);
}
