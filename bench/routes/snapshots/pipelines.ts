import { by, index, pipeline, rate } from "fast-ts";
import { count } from "../count.ts";

// A state of each series, and the series in the index.
pipeline("rates", [by(["host", "service"], [rate(5)], { max: 200_000 })]);
pipeline("index", [index()]);
pipeline("counted", [count("counted")]);
