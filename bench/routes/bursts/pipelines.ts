import { by, combine, filter, fixedTimeWindow, folds, index, percentiles, pipeline, rate } from "fast-ts";
import { count } from "../count.ts";

// What has a moment at which much is due at once: windows of each series, windows of many events, what expires.
pipeline("rates", [by(["host", "service"], [rate(5)])]);
pipeline("index", [index()]);
pipeline("percentiles", [by("service", [percentiles(5, [0.5, 0.95, 0.99])])]);
pipeline("window", [fixedTimeWindow(5, { flush: "clock" }), combine(folds.maximum)]);
pipeline("counted", [filter((event) => event.state !== "expired"), count("counted")]);
