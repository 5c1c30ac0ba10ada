import { by, index, percentiles, pipeline } from "fast-ts";
import { seen } from "../seen.ts";

pipeline("index", [seen("index"), index()]);
pipeline("percentiles", [seen("percentiles"), by("service", [percentiles(5, [0.5, 0.95, 0.99])])]);
