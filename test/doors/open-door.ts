import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Log } from "../../src/core/log.ts";
import { AddressFilter, ALL_NETWORKS } from "../../src/doors/address-filter.ts";
import { openTcp } from "../../src/doors/tcp.ts";
import { Admission } from "../../src/ingest/admission.ts";
import type { Door } from "../../src/ingest/door.ts";
import { QueryLimiter } from "../../src/ingest/query-limiter.ts";
import { ReaderBudget } from "../../src/ingest/reader-budget.ts";
import { newQueryCounts } from "../../src/ingest/report.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { FakeIntake } from "../ingest/fake-intake.ts";
import { FakeQueries } from "../ingest/fake-queries.ts";

export interface Opened {
  readonly door: Door;
  readonly intake: FakeIntake;
  readonly queries: FakeQueries;
  readonly queryLimiter: QueryLimiter;
  stop(): Promise<void>;
  readonly clock: VirtualClock;
  readonly warnings: string[];
  open(): Promise<Socket>;
}

/** The TCP door with its port open, in virtual time; `open` connects to it. Both end with the test. */
export async function openDoor(
  t: TestContext,
  limits: { port?: number; maxConnections?: number; maxFrame?: number } = {},
): Promise<Opened> {
  const intake = new FakeIntake();
  const queries = new FakeQueries();
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const silent = (): void => {};
  const log: Log = { debug: silent, info: silent, warn: (message) => void warnings.push(message), error: silent };
  const { port = 0, maxConnections = 100, maxFrame = 1_000_000 } = limits;
  const admission = new Admission({ intake, maxFrame, maxConnections, clock, log });
  const queryLimiter = new QueryLimiter(queries, new ReaderBudget(), clock, newQueryCounts());
  const shared = { admission, queryLimiter, clock, log };
  const all = new AddressFilter(ALL_NETWORKS);
  const door = await openTcp({ host: "127.0.0.1", port, maxFrame, allow: all, allowQueries: all, ...shared });
  const stop = async (): Promise<void> => {
    admission.stop("fast-ts is stopping");
    await door.stop();
  };
  const clients: Socket[] = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    await stop();
  });
  const open = async (): Promise<Socket> => {
    const client = connect({ host: "127.0.0.1", port: door.port, noDelay: true });
    clients.push(client);
    client.on("error", () => {});
    await once(client, "connect");
    return client;
  };
  return { door, stop, intake, queries, queryLimiter, clock, warnings, open };
}

/** Turns of the loop until it is so; real sockets need a few. */
export async function soon(what: string, probe: () => boolean): Promise<void> {
  for (let turns = 0; !probe(); turns++) {
    if (turns > 200_000) throw new Error(`not so in ${turns} turns: ${what}`);
    await turn();
  }
}

/** Turns in which whatever could happen has happened. */
export async function turns(count = 200): Promise<void> {
  for (let n = 0; n < count; n++) await turn();
}
