import { by, percentiles, pipeline, rate, tag } from "fast-ts";

// As many as IDLE_PIPELINES says.
for (let n = 0; n < Number(process.env.IDLE_PIPELINES ?? 1); n++)
  pipeline(`idle ${n}`, [tag("seen"), by("host", [rate(5), percentiles(10, [0.5, 0.99])])]);
