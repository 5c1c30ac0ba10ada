import type { ServerResponse } from "node:http";
import type { Cancel, Clock } from "../core/clock.ts";
import type { ReaderBudget } from "../ingest/reader-budget.ts";
import { type Listener, missedLine } from "../runtime/report.ts";
import { type Page, plain } from "./page.ts";

/** Maximum bytes that wait for a client; what comes on top it misses. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/**
 * Answers with the events that come by a tap, a JSON line each, until the client goes; a line `{"missed":n}` stands where
 * `n` are left out.
 *
 * @param listen - Begins to show the tap.
 */
export function streamTap(
  response: ServerResponse,
  budget: ReaderBudget,
  listen: (listener: Listener) => Cancel,
): void {
  response.writeHead(200, { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" });
  response.flushHeaders();
  let left = 0;
  const unread: ArrayBufferLike[] = [];
  const cancel = listen((lines, events, ready) => {
    if (response.writableLength > MAX_UNREAD_BYTES || response.destroyed || !budget.holdPiece(lines.buffer)) {
      left += events;
      return;
    }
    unread.push(lines.buffer);
    response.cork();
    if (left > 0) response.write(missedLine(left));
    left = 0;
    response.write(lines, () => {
      const read = unread.shift();
      if (read !== undefined) budget.release(read);
      ready();
    });
    response.uncork();
  });
  response.once("close", () => {
    cancel();
    for (const memory of unread.splice(0)) budget.release(memory);
  });
}

/** A client that comes again at once after each refusal costs as much as one that is shown events. */
const REFUSAL_SECONDS = 1;

/** What a client is told that opens taps too often, after a while; null when it has gone. */
export function refuseTap(response: ServerResponse, clock: Clock): Promise<Page | null> {
  const page = plain(503, "your address opens taps too often: keep connections, or try again later", {
    "Retry-After": String(REFUSAL_SECONDS),
    Connection: "close",
  });
  return new Promise((resolve) => {
    const cancel = clock.after(REFUSAL_SECONDS, () => resolve(page));
    response.once("close", () => {
      cancel();
      resolve(null);
    });
  });
}
