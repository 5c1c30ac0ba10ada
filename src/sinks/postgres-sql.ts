import type { Event } from "../core/event.ts";
import { checkTime } from "./event-date.ts";

/** The columns of a table of events, with their types. */
const COLUMNS = {
  time: "timestamptz NOT NULL",
  host: "text",
  service: "text",
  state: "text",
  description: "text",
  metric: "double precision",
  ttl: "double precision",
  tags: "jsonb",
  attributes: "jsonb",
} as const;

/** What makes the table when it is missing; a hypertable where TimescaleDB is there. */
export function creation(table: string): readonly string[] {
  const columns = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`);
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (${columns.join(", ")})`,
    `DO $$ BEGIN
      IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        PERFORM create_hypertable('${table}', 'time', if_not_exists => true, migrate_data => true);
      END IF;
    END $$`,
  ];
}

/**
 * The statement that inserts the events: an array for each column, as a statement takes 65,535 parameters and no more.
 * Times are texts, exact to the microsecond.
 */
export function insertion(table: string, events: readonly Event[]): { text: string; values: readonly unknown[] } {
  const names = Object.keys(COLUMNS);
  const arrays = Object.values(COLUMNS).map((type, at) => `$${at + 1}::${type.replace(" NOT NULL", "")}[]`);
  return {
    text: `INSERT INTO ${table} (${names.join(", ")}) SELECT * FROM unnest(${arrays.join(", ")})`,
    values: [
      events.map(timestamp),
      events.map(({ host }) => host),
      events.map(({ service }) => service),
      events.map(({ state }) => state),
      events.map(({ description }) => description),
      events.map(({ metric }) => metric),
      events.map(({ ttl }) => ttl),
      events.map(({ tags }) => JSON.stringify(tags)),
      events.map(({ attributes }) => JSON.stringify(attributes)),
    ],
  };
}

/** ISO 8601 with microseconds, which a Date has not. */
function timestamp(event: Event): string {
  checkTime(event);
  const micros = Math.round(event.time * 1e6);
  const whole = Math.floor(micros / 1e6);
  const rest = String(micros - whole * 1e6).padStart(6, "0");
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${rest}Z`;
}
