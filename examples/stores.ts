import { by, elasticsearch, filter, match, otlp, percentiles, pipeline, prometheus, remoteWrite } from "fast-ts";

// Prometheus scrapes what is now (/metrics/events), and is written what has to be exact: percentiles of ten seconds. The
// same percentiles go to whatever takes OpenTelemetry, and every error to Elasticsearch, where it can be searched for.

const {
  PROMETHEUS_URL = "http://127.0.0.1:9090/api/v1/write",
  OTLP_URL = "http://127.0.0.1:4318",
  ELASTIC_URL = "http://127.0.0.1:9200",
} = process.env;

pipeline("gauges, for Prometheus to scrape", [
  filter((e) => e.service !== null && e.metric !== null),
  prometheus({ labels: ({ host }) => ({ host }) }),
]);

pipeline("latency, to Prometheus and OpenTelemetry", [
  match("service", "api latency"),
  by("host", [percentiles(10, [0.5, 0.99])]),
  remoteWrite(PROMETHEUS_URL),
  otlp(OTLP_URL),
]);

pipeline("errors, to Elasticsearch", [
  filter(({ state, description }) => state === "critical" && description !== null),
  elasticsearch(ELASTIC_URL, { dataStream: "logs-errors-default" }),
]);
