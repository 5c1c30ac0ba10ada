import { gunzipSync, inflateSync } from "node:zlib";
import { unsnappy } from "../../wire/unsnappy.ts";

/** What a sink over HTTP sends and is answered. */
export interface Dialogue {
  /** The services of the events of a body, in their order. */
  readonly read: (body: Buffer) => string[];
  /** How it is answered when all is well. @default an empty body */
  readonly well?: (events: number) => string;
  /** The status that says "not now". @default 500 */
  readonly refusal?: number;
}

const json = <T>(body: Buffer): T => JSON.parse(body.toString()) as T;
const jsonLines = <T>(body: Buffer): T[] =>
  body
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
const found = (body: Buffer, pattern: RegExp): string[] =>
  [...body.toString("latin1").matchAll(pattern)].map(([, service = ""]) => service);
/** What people are told names the first events, and says how many there are. */
const told: Dialogue = { read: (body) => found(body, /\b(e\d+)\b/g) };

/** By sink: how its server understands it. */
export const DIALOGUES: Readonly<Record<string, Dialogue>> = {
  webhook: { read: (body) => json<{ service: string }[]>(body).map(({ service }) => service) },
  influxdb: { read: (body) => found(body, /^(e\d+),/gm) },
  // A label's name, then the tag and the length of its value.
  remoteWrite: { read: (body) => found(unsnappy(body), /__name__..(e\d+)/gs) },
  // A metric's name, then the tag of its gauge.
  otlp: { read: (body) => found(gunzipSync(body), /[^e](e\d+)\*/g), refusal: 503 },
  elasticsearch: {
    read: (body) => jsonLines<{ service?: string }>(body).flatMap(({ service }) => service ?? []),
    well: (events) => JSON.stringify({ errors: false, items: Array(events).fill({ create: { status: 201 } }) }),
  },
  loki: {
    read: (body) => json<{ streams: { stream: { service: string } }[] }>(body).streams.map((one) => one.stream.service),
  },
  clickhouse: { read: (body) => jsonLines<{ service: string }>(body).map(({ service }) => service) },
  datadog: {
    read: (body) => json<{ series: { metric: string }[] }>(inflateSync(body)).series.map(({ metric }) => metric),
  },
  splunk: { read: (body) => jsonLines<{ event: { service: string } }>(body).map(({ event }) => event.service) },
  alertmanager: {
    read: (body) => json<{ labels: { alertname: string } }[]>(body).map(({ labels }) => labels.alertname),
  },
  pagerduty: { read: (body) => [json<{ payload: { component: string } }>(body).payload.component] },
  jsm: { read: (body) => [json<{ details: { service: string } }>(body).details.service] },
  slack: told,
  teams: told,
  discord: told,
  telegram: told,
  pushover: told,
  ntfy: told,
};
