import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SystemClock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import { coerceError } from "../errors.ts";
import { formatJson } from "../text/format-json.ts";
import { decodeMsg } from "../wire/codec.ts";
import { Decoder, MALFORMED } from "../wire/decode.ts";
import { Client } from "./client.ts";
import { serverAddress } from "./server-address.ts";

/** `fast-ts query QUERY [HOST:PORT]`: prints what a Riemann server finds in its index, as `stdout()` prints events. */
export async function queryCommand(query: string, server: string): Promise<number> {
  const { host, port } = serverAddress("query", server);
  try {
    const client = await Client.open(host, port);
    try {
      const answer = await client.exchange({ query: { string: query } });
      const events: Event[] = [];
      const decoder = new Decoder();
      if (decoder.decode(answer, 0, answer.length, new SystemClock().now(), events) === MALFORMED)
        throw new Error(`${client.where}: the answer ${decoder.problem}`);
      // Of an answer with events nothing else is of interest; the others are short.
      const { ok, error } = events.length > 0 ? { ok: true, error: "" } : decodeMsg(answer);
      const hint = error === "no index" ? ": none of its routes has an index()" : "";
      if (ok === false) throw new Error(`${client.where} refused: ${error ?? "it did not say why"}${hint}`);
      await pipeline(Readable.from(linesOf(events)), process.stdout, { end: false });
      await new Promise((resolve) => process.stdout.write("", resolve)); // the process ends with what is not out yet
    } finally {
      client.close();
    }
    return 0;
  } catch (thrown) {
    const error = coerceError(thrown);
    if ("code" in error && error.code === "EPIPE") return 0; // who read has had enough
    console.error(`fast-ts: ${error.message}`);
    return 1;
  }
}

function* linesOf(events: readonly Event[]): Generator<string> {
  for (const event of events) yield `${formatJson(event)}\n`;
}
