import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SystemClock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import { FastTsError } from "../errors.ts";
import { bareNameProblem } from "../query/bare-names.ts";
import { formatJson } from "../text/format-json.ts";
import { Decoder, MALFORMED } from "../wire/decode.ts";
import { Client } from "./client.ts";
import type { ServerAddress } from "./server-address.ts";

/**
 * `fast-ts query QUERY [HOST:PORT]`: prints what a Riemann server finds in its index, as `stdout()` prints events. A query
 * that compares with a bare name is sent as it is, and what it means is said on standard error.
 *
 * @throws FastTsError `FTS_CLIENT` when the server cannot be asked, or refuses.
 */
export async function queryCommand(query: string, { host, port }: ServerAddress): Promise<number> {
  const client = await Client.open(host, port);
  try {
    const events = eventsIn(await client.exchange({ query: { string: query } }), client);
    hint(query);
    await print(events);
  } finally {
    client.close();
  }
  return 0;
}

function hint(query: string): void {
  try {
    const problem = bareNameProblem(query);
    if (problem !== null) console.error(`fast-ts: ${problem.message}`);
  } catch {
    // The server, which may be another one, has its own language.
  }
}

function eventsIn(answer: Buffer, client: Client): readonly Event[] {
  const events: Event[] = [];
  const decoder = new Decoder();
  if (decoder.decode(answer, 0, answer.length, new SystemClock().now(), events) === MALFORMED)
    throw new FastTsError("FTS_CLIENT", `${client.where}: the answer ${decoder.problem}`);
  // Of an answer with events nothing else is of interest, and it may be long.
  if (events.length === 0) client.accepted(answer);
  return events;
}

async function print(events: readonly Event[]): Promise<void> {
  await pipeline(Readable.from(linesOf(events)), process.stdout, { end: false });
  await new Promise((resolve) => process.stdout.write("", resolve)); // the process ends with what is not out yet
}

function* linesOf(events: readonly Event[]): Generator<string> {
  for (const event of events) yield `${formatJson(event)}\n`;
}
