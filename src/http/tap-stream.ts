import type { ServerResponse } from "node:http";
import type { Cancel } from "../core/clock.ts";
import type { Listener } from "../runtime/report.ts";

/** Maximum bytes that wait for a slow reader; beyond it the reader misses events. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/**
 * Answers with the events that come by a tap, a JSON line each, until the client goes; a line `{"missed":n}` stands where
 * `n` are left out.
 *
 * @param listen - Begins to show the tap.
 */
export function streamTap(response: ServerResponse, listen: (listener: Listener) => Cancel): void {
  response.writeHead(200, { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" });
  response.flushHeaders();
  let left = 0;
  const cancel = listen((lines, missed, ready) => {
    if (response.writableLength > MAX_UNREAD_BYTES) {
      left += lines.split("\n").length - 1 + missed;
      return;
    }
    const text = gap(left) + lines + gap(missed);
    left = 0;
    response.write(text, ready);
  });
  response.once("close", cancel);
}

function gap(missed: number): string {
  return missed > 0 ? `{"missed":${missed}}\n` : "";
}
