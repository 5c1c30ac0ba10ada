import { expectEvents, routes, test } from "fast-ts/testing";

const disk = (metric: number | null, state: string) => ({ host: "db-1", service: "disk /", metric, state });

test("a change of state is a row", () => {
  const t = routes("./history.ts");
  t.inject([disk(0.5, "ok"), disk(0.95, "critical"), disk(0.96, "critical"), disk(0.4, "ok")]);
  expectEvents(t.sinks.postgres, [disk(0.95, "critical"), disk(0.4, "ok")]);
});

test("ClickHouse gets what is a number", () => {
  const t = routes("./history.ts");
  t.inject([disk(0.5, "ok"), disk(null, "ok"), disk(Number.NaN, "ok"), { metric: 1 }]);
  expectEvents(t.sinks.clickhouse, [disk(0.5, "ok")]);
});
