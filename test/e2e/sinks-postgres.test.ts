import assert from "node:assert/strict";
import { appendFileSync, chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type PostgresOptions, postgres } from "../../src/sinks/postgres.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { lackingPostgres, startPostgres } from "./postgres-server.ts";
import { driverModule, type RealServer } from "./real-server.ts";
import { tlsFiles } from "./tls-files.ts";

const skip = lackingPostgres;
const start = startPostgres;

/** What is used of pg. */
interface Pg {
  readonly Client: new (
    options: object,
  ) => {
    connect(): Promise<void>;
    query(text: string): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
    end(): Promise<void>;
    on(name: "error", listener: () => void): void;
  };
}

const url = (server: RealServer): string => `postgres://me@127.0.0.1:${server.port}/postgres`;

function sinkTo(t: TestContext, server: RealServer, options: PostgresOptions): Outside {
  const outside = new Outside([postgres(url(server), { ...PATIENT, ...options })], "postgres#0");
  t.after(() => outside.close());
  return outside;
}

async function query(server: RealServer, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new (driverModule<Pg>("pg").Client)({ connectionString: url(server) });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

test("a table has every event as it was sent, over an outage as well", { skip }, async (t) => {
  const server = await start(t);
  const outside = sinkTo(t, server, { table: "events", create: true });
  const one = { host: "h'1", service: 'a "b" \\ ü\n☃', state: "ok", description: "d", metric: 0.1 + 0.2, ttl: 60 };
  const whole = { ...one, time: 1_700_000_000.123456, tags: ["x", 'y"'], attributes: { zone: "eu", "k 'q'": "v" } };
  outside.offer(whole, { service: "none", time: 7 }, { service: "nan", metric: Number.NaN, time: 8 });
  await outside.settled();
  assert.equal(outside.report.delivered, 3);
  const [first, second, third] = await query(
    server,
    "SELECT *, to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS text FROM events ORDER BY service = 'nan', service = 'none'",
  );
  const { time: _, ...rest } = first ?? {};
  assert.deepEqual(rest, {
    ...one,
    tags: whole.tags,
    attributes: whole.attributes,
    text: "2023-11-14 22:13:20.123456",
  });
  assert.deepEqual([second?.host, second?.metric, second?.tags, third?.metric], [null, null, [], Number.NaN]);

  const many = Array.from({ length: 10_000 }, (_, n) => ({ service: "many", metric: n, time: n }));
  outside.offer(...many.slice(0, 6000));
  await outside.settled();
  await server.stop("SIGINT");
  outside.offer(...many.slice(6000));
  await outside.until(({ pending }) => pending === 4000);
  await server.start();
  await outside.settled();
  const [counted] = await query(server, "SELECT count(*)::int, sum(metric) FROM events WHERE service = 'many'");
  assert.deepEqual(counted, { count: 10_000, sum: 49_995_000 });
});

test("rows that the table does not take are found; a table that is missing gives the batch up", { skip }, async (t) => {
  const server = await start(t);
  const missing = sinkTo(t, server, { table: "nowhere" });
  missing.offer({ service: "a" }, { service: "b" });
  await missing.settled();
  assert.equal(missing.report.dropped.failed, 2);
  assert.match(JSON.stringify(missing.live.log), /42P01 .*nowhere/);

  await query(server, "CREATE SCHEMA s");
  const outside = sinkTo(t, server, { table: "s.events", create: true });
  outside.offer({ service: "first" });
  await outside.settled();
  await query(server, "ALTER TABLE s.events ADD CHECK (service <> 'bad')");
  outside.offer(...["a", "bad", "b", "with \u0000", "c"].map((service) => ({ service })));
  await outside.settled();
  assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [4, 2]);
  const rows = await query(server, "SELECT service FROM s.events ORDER BY service");
  assert.deepEqual(
    rows.map(({ service }) => service),
    ["a", "b", "c", "first"],
  );
});

test("sinks that make the same table at once lose nothing", { skip }, async (t) => {
  const server = await start(t);
  for (let round = 0; round < 10; round++) {
    const sinks = Array.from({ length: 4 }, () => sinkTo(t, server, { table: `t${round}`, create: true }));
    for (const sink of sinks) sink.offer({ service: "a" });
    await Promise.all(sinks.map((sink) => sink.settled()));
    assert.deepEqual(
      sinks.map((sink) => sink.report.delivered),
      [1, 1, 1, 1],
    );
  }
});

test("a database that is not there gives the batch up", { skip }, async (t) => {
  const server = await start(t);
  const outside = new Outside([postgres(`${url(server)}x`, { ...PATIENT, table: "events" })], "postgres#0");
  t.after(() => outside.close());
  outside.offer({ service: "a" });
  await outside.settled();
  assert.equal(outside.report.dropped.failed, 1);
  assert.match(JSON.stringify(outside.live.log), /3D000/);
});

test("by TLS only to a server whom the files vouch for, and with the client's certificate", { skip }, async (t) => {
  const server = await start(t);
  await server.stop("SIGINT");
  const file = tlsFiles(t);
  const inData = (name: string): string => join(server.dir, "data", name);
  const { uid, gid } = statSync(inData("."));
  for (const [name, as] of [
    ["server.pem", "server.crt"],
    ["server.key", "server.key"],
    ["ca.pem", "ca.crt"],
  ] as const) {
    writeFileSync(inData(as), readFileSync(file(name)), { mode: 0o600 });
    chownSync(inData(as), uid, gid);
  }
  appendFileSync(inData("postgresql.conf"), "ssl = on\nssl_ca_file = 'ca.crt'\n");
  writeFileSync(inData("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust clientcert=verify-ca\n");
  await server.start();

  const mine = { cert: file("client.pem"), key: file("client.key") };
  const secure = (options: Partial<PostgresOptions>, host = "127.0.0.1"): Outside => {
    const to = `postgres://me@${host}:${server.port}/postgres?sslmode=disable`;
    const outside = new Outside(
      [postgres(to, { ...PATIENT, table: "events", create: true, ...options })],
      "postgres#0",
    );
    t.after(() => outside.close());
    outside.offer({ service: "a" });
    return outside;
  };
  for (const name of [{}, { servername: "localhost" }]) {
    const well = secure({ ...mine, ca: file("ca.pem"), ...name });
    await well.settled();
    assert.equal(well.report.delivered, 1, JSON.stringify(well.live.log));
  }
  for (const host of ["127.0.0.1", "localhost"]) {
    const other = secure({ ...mine, ca: file("ca.pem"), servername: "db.example.com" }, host);
    await other.until(({ pending }) => pending === 1 && /does not match/.test(JSON.stringify(other.live.log)));
  }
  const stranger = secure({ ...mine, ca: file("stranger.pem") });
  await stranger.until(() => /self.signed|unable to (get|verify)/.test(JSON.stringify(stranger.live.log)));
  const nobody = secure({ ca: file("ca.pem") });
  await nobody.settled();
  assert.match(JSON.stringify(nobody.live.log), /client certificate/);
});
