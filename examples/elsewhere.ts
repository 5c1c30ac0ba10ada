import { changedState, file, filter, influxdb, loki, pipeline } from "fast-ts";

// Other systems get what they are good at: InfluxDB every metric, Loki a line for each trouble, a file all events of a week.
// Each has a queue of its own; one that is away holds up neither the others nor the clients.

const {
  INFLUX_URL = "http://127.0.0.1:8086",
  LOKI_URL = "http://127.0.0.1:3100",
  EVENTS_FILE = "events.ndjson",
} = process.env;

pipeline("metrics, to InfluxDB", [
  filter((e) => e.service !== null && Number.isFinite(e.metric)),
  influxdb(INFLUX_URL, { db: "metrics" }),
]);

pipeline("trouble, to Loki", [
  changedState({ init: "ok" }),
  filter((e) => e.state !== "ok"),
  loki(LOKI_URL, { labels: ({ host, state }) => ({ job: "fast-ts", host, state }) }),
]);

pipeline("everything, to a file", [file(EVENTS_FILE, { rotate: { seconds: 86_400, keep: 7 }, gzip: true })]);
