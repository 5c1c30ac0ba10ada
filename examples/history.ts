import { changedState, clickhouse, filter, pipeline, postgres } from "fast-ts";

// What was when: PostgreSQL has a row for each change of a state, to be joined with what else is known of a host;
// ClickHouse every metric, for years of them. PostgreSQL needs its driver beside the routes: npm install pg

const { POSTGRES_URL = "postgres://127.0.0.1:5432/monitoring", CLICKHOUSE_URL = "http://127.0.0.1:8123" } = process.env;

pipeline("changes, to PostgreSQL", [
  changedState({ init: "ok" }),
  postgres(POSTGRES_URL, { table: "changes", create: true }),
]);

pipeline("metrics, to ClickHouse", [
  filter((e) => e.service !== null && Number.isFinite(e.metric)),
  clickhouse(CLICKHOUSE_URL, { table: "metrics" }),
]);
