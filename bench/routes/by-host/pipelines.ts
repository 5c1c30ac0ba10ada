import { by, over, pipeline, rate, scale } from "fast-ts";
import { seen } from "../seen.ts";

for (const name of ["one", "two", "three", "four"])
  pipeline(name, [seen(name), scale(2), over(-1), by("host", [rate(5)])]);
