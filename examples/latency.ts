import { aboveFor, apdex, type Event, email, match, percentiles, pipeline, stdout, tee, throttle } from "fast-ts";

// The latency distribution of a web application, which sends an event for each request: service "web latency", metric
// in seconds. The histogram takes 8 KB however many requests there are.

const within = (seconds: number) => (event: Event) => event.metric !== null && event.metric <= seconds;

pipeline("latency distribution", [
  match("service", "web latency"),
  percentiles(10, [0.5, 0.95, 0.99, 1], { method: "histogram" }),
  // One request in a hundred takes longer than half a second, for more than a minute: somebody should look.
  tee([match("service", "web latency 0.99"), aboveFor(0.5, 60), throttle(1, 3600), email("ops@example.com")]),
  stdout(),
]);

pipeline("happy users", [
  match("service", "web latency"),
  apdex(60, { satisfied: within(0.5), tolerated: within(2) }),
  stdout(),
]);
