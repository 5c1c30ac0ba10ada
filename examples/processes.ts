import { by, coalesce, combine, type Event, match, pipeline, type Stages, set, stdout, top } from "fast-ts";

// The top processes of any host, by CPU and by memory. An agent on each host sends an event per process every few
// seconds: service "cpu nginx" or "memory nginx", the share of the host as its metric.

const COUNT = 5;

/** The processes of a list, the hungriest first, as a table in one event. */
const table = (events: readonly Event[]) => {
  const processes = events.filter((event) => event.state !== "expired");
  const sorted = processes.toSorted((a, b) => (b.metric ?? 0) - (a.metric ?? 0));
  const lines = sorted.map(({ service, metric }) => `${((metric ?? 0) * 100).toFixed(1)} % ${service}`);
  return events[0]?.with({ metric: sorted[0]?.metric ?? null, state: null, description: lines.join("\n") });
};

/** Every 10 seconds a table of each host's top processes; who leaves them expires, and so leaves the table. */
const topOf = (what: "cpu" | "memory"): Stages => [
  match("service", new RegExp(`^${what} `)),
  by("host", [top(COUNT, "metric", [coalesce(10), combine(table)], { demote: true })]),
  set({ service: `top ${what}` }),
];

pipeline("top processes by CPU", [...topOf("cpu"), stdout()]);
pipeline("top processes by memory", [...topOf("memory"), stdout()]);
