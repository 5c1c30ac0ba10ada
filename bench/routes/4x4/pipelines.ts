import { filter, map, pipeline } from "fast-ts";
import { count } from "../count.ts";
import { perSeries } from "../per-series.ts";

// Filters that let everything through: what arrives below is then known to the last event. Every transform makes a new
// event, and the last stage undoes what it did to the metric.
pipeline("one", [
  filter((event) => event.state !== "expired"),
  map((event) => event.with({ metric: (event.metric ?? 0) * 2 })),
  perSeries(),
  count("one", 0.5),
]);
pipeline("two", [
  filter((event) => event.service !== "none"),
  map((event) => event.with({ ttl: 60 })),
  perSeries(),
  count("two"),
]);
pipeline("three", [
  filter((event) => event.host !== null),
  map((event) => event.with({ state: "ok", description: null })),
  perSeries(),
  count("three"),
]);
pipeline("four", [
  filter((event) => event.ttl !== 0),
  map((event) => event.with({ metric: (event.metric ?? 0) / 4 })),
  perSeries(),
  count("four", 4),
]);
