import { encodeFrame } from "../wire/codec.ts";
import type { Answer } from "./report.ts";

/** Asks the index as a Riemann client does: the answer is a frame, errors included. */
export function queryFrames(search: (query: string) => Promise<Answer>): {
  ask(query: string): Promise<Buffer>;
} {
  return {
    async ask(query) {
      const answer = await search(query);
      return answer.kind === "found"
        ? Buffer.from(answer.bytes.buffer)
        : encodeFrame({ ok: false, error: answer.error });
    },
  };
}
