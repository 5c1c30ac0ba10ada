import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Log } from "../../src/core/log.ts";
import { TcpTransport } from "../../src/doors/tcp.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { FakeIntake } from "../ingest/fake-intake.ts";
import { FakeQueries } from "../ingest/fake-queries.ts";

export interface Opened {
  readonly transport: TcpTransport;
  readonly intake: FakeIntake;
  readonly queries: FakeQueries;
  readonly clock: VirtualClock;
  readonly warnings: string[];
  open(): Promise<Socket>;
}

/** A transport with its port open, in virtual time; `open` connects to it. Both end with the test. */
export async function openTransport(
  t: TestContext,
  limits: { maxConnections?: number; maxFrame?: number } = {},
): Promise<Opened> {
  const intake = new FakeIntake();
  const queries = new FakeQueries();
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const silent = (): void => {};
  const log: Log = { debug: silent, info: silent, warn: (message) => void warnings.push(message), error: silent };
  const { maxConnections = 100, maxFrame = 1_000_000 } = limits;
  const transport = await TcpTransport.listen({
    host: "127.0.0.1",
    port: 0,
    maxFrame,
    maxConnections,
    intake,
    queries,
    clock,
    log,
  });
  const clients: Socket[] = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    await transport.stop();
  });
  const open = async (): Promise<Socket> => {
    const client = connect({ host: "127.0.0.1", port: transport.port, noDelay: true });
    clients.push(client);
    client.on("error", () => {});
    await once(client, "connect");
    return client;
  };
  return { transport, intake, queries, clock, warnings, open };
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
