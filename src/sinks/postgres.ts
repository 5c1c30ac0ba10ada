import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { EventOrList } from "../core/event-list.ts";
import { eventsOf } from "../core/event-list.ts";
import { aBoolean, checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { Rendered, TargetSettings, TargetWriter, Verdict } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { mask } from "../delivery/secret-mask.ts";
import { TLS_OPTIONS, type TlsFiles, TlsMaterial } from "../delivery/tls-material.ts";
import { codeOf, coerceError } from "../errors.ts";
import { findDriver, loadDriver } from "./driver.ts";
import { KeptConnection } from "./kept-connection.ts";
import { creation, insertion } from "./postgres-sql.ts";
import { targetIdentity } from "./target-identity.ts";
import { checkTextOrSecret } from "./text-or-secret.ts";
import { labelOf } from "./url.ts";

/** Where rows go; a field left out has its default. With `ca`, `cert` or `servername` connections are encrypted. */
export interface PostgresOptions extends DeliveryOptions, TlsFiles {
  /** The table, `events` or `monitoring.events`. */
  readonly table: string;
  /** Whether the table is made when it is missing; as a hypertable where TimescaleDB is there. @default false */
  readonly create?: boolean;
}

const DEFAULTS: TargetSettings = { ...DELIVERY_DEFAULTS, batch: { events: 2000, bytes: 4 * 1024 * 1024, seconds: 0 } };

/** What is used of pg. */
interface Client {
  connect(): Promise<void>;
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
  end(): Promise<void>;
  on(name: "error", listener: (error: Error) => void): void;
}
interface Pg {
  readonly Client: new (options: object) => Client;
}

/**
 * Inserts each event as a row into a table of PostgreSQL or TimescaleDB, many in a statement, and passes the event on. Needs
 * the package `pg`: `npm install pg` in the route directory.
 *
 * Sent: `INSERT INTO table (time, host, service, state, description, metric, ttl, tags, attributes) SELECT … FROM unnest(…)`,
 * an array for each column; `tags` and `attributes` are `jsonb`. With `create`, the table is made with these columns.
 * Limits: 2,000 rows a statement, one statement at a time; the order is kept.
 * Tried again: a broken connection, no answer, and errors of the classes 08 (connection), 40 (rolled back), 53 (resources) and
 * 57 (operator intervention).
 * Given up: rows that the table does not take (classes 22 and 23) or whose year is none of 1 to 9999, found by halving the
 * statement; all rows of a statement with any other error, such as a table that is missing or a wrong password.
 * Duplicates: a statement whose answer was lost is run again: its rows may be there twice, unless a key forbids it.
 *
 * @param url - `postgres://user:password@host:5432/database`, as text or as `secret(…)`; with `?sslmode=verify-full` it is
 * encrypted. With `ca`, `cert` or `servername` it is so without, and what the URL says of `ssl` does not count.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid, an option cannot work, or the package is not there.
 * @category Output
 * @example
 * pipeline("to PostgreSQL", [postgres(secret("DATABASE_URL"), { table: "events", create: true })]);
 */
export function postgres(url: string | Secret, options: PostgresOptions): Through<EventOrList> {
  checkKeys("postgres", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "table", "create"]);
  const { table, create = false, name, deadLetters } = options;
  checkTextOrSecret("postgres", "url", url, POSTGRES_URL);
  checkOption("postgres", "table", table, TABLE);
  checkOption("postgres", "create", create, aBoolean);
  const driver = findDriver("postgres", "pg");
  const settings = settingsOf("postgres", options, DEFAULTS);
  const identity = targetIdentity("postgres", {
    name,
    shown: `${labelOf(url)} ${table}`,
    address: [url, table],
    shape: [create],
  });
  const { label } = identity;

  const rendered = (items: readonly EventOrList[]): Rendered[] => {
    const { text, values } = insertion(table, items.flatMap(eventsOf));
    return [{ to: text, body: JSON.stringify(values) }];
  };
  const open = (): TargetWriter<EventOrList> => {
    const tls = new TlsMaterial(options);
    const connection = new KeptConnection<Client>(
      async (broken) => {
        const { Client } = await loadDriver<Pg>(driver);
        const client = new Client({
          ...addressOf(reveal(url), options, tls),
          application_name: "fast-ts",
          keepAlive: true,
          connectionTimeoutMillis: settings.timeout * 1000,
        });
        client.on("error", broken);
        await client.connect();
        if (create) for (const statement of creation(table)) await made(client, statement);
        return client;
      },
      (client) => client.end(),
    );
    return {
      async write(items, signal) {
        signal.addEventListener("abort", () => connection.drop(), { once: true });
        const { text, values } = insertion(table, items.flatMap(eventsOf));
        try {
          const client = await connection.get();
          await client.query(text, values);
        } catch (thrown) {
          const failure = failureOf(thrown, label);
          if (failure.verdict !== "refused") connection.drop();
          throw failure;
        }
      },
      close: () => connection.drop(),
    };
  };
  return deliverySink("postgres", { ...identity, settings, open, rendered }, { deadLetters });
}

const POSTGRES_URL: Rule = {
  must: 'a URL such as "postgres://user@db.example.com:5432/monitoring"',
  test: (v) => typeof v === "string" && /^postgres(ql)?:\/\/./.test(v) && URL.canParse(v),
};
const TABLE: Rule = {
  must: 'the name of a table, such as "events" or "monitoring.events"',
  test: (v) => typeof v === "string" && /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/.test(v),
};

/** The URL and the files: pg would have what the URL says of `ssl` stand in place of them. */
function addressOf(url: string, { ca, cert, key, servername }: TlsFiles, tls: TlsMaterial): object {
  if ((ca ?? cert ?? key ?? servername) === undefined) return { connectionString: url };
  const bare = new URL(url);
  for (const name of [...bare.searchParams.keys()]) if (name.startsWith("ssl")) bare.searchParams.delete(name);
  // pg itself sets `servername` to the host of the URL.
  const isExpected = (host: string, peer: PeerCertificate) => checkServerIdentity(servername ?? host, peer);
  return { connectionString: bare.href, ssl: { ...tls.read(), checkServerIdentity: isExpected } };
}

/** By the first two characters of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function failureOf(thrown: unknown, label: string): DeliveryFailure {
  if (thrown instanceof DeliveryFailure) return thrown;
  const error = coerceError(thrown);
  const code = codeOf(error);
  const message = mask(`${label}: ${error.message}`);
  return new DeliveryFailure(verdictOf(code), message, {
    answer: /^[0-9A-Z]{5}$/.test(code) ? `${code} ${error.message}` : "",
  });
}

/** Makes what is not there; again when another connection makes it at the same time, as IF NOT EXISTS does not see that. */
async function made(client: Client, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (thrown) {
    if (!IS_BEING_MADE.has(codeOf(thrown))) throw thrown;
    await client.query(statement);
  }
}

/** unique_violation in the catalog, duplicate_table, duplicate_object. */
const IS_BEING_MADE = new Set(["23505", "42P07", "42710"]);

function verdictOf(code: string): Verdict {
  // An error of the system (ECONNRESET), or none of the server's at all.
  if (!/^[0-9][0-9A-Z]{4}$/.test(code)) return "retry";
  if (/^(08|40|53|57)/.test(code)) return "retry";
  return /^2[23]/.test(code) ? "refused" : "failed";
}
