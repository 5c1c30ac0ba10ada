import { pipeline, rate, stdout } from "fast-ts";

// One line every 5 seconds while events come in, and for a minute after: the sum of their metrics, per second.
pipeline("Second pipeline", [rate(5), stdout()]);
