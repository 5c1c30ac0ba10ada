import type { Event } from "../src/core/event.ts";
import { Decoder } from "../src/wire/decode.ts";
import { frameLength, HEADER } from "../src/wire/frames.ts";
import { buildFrames, type Mix } from "./mix.ts";

/** Events of the mix as the daemon decodes them: one list per message. */
export function decodedBatches(mix: Mix): readonly (readonly Event[])[] {
  const { frames } = buildFrames(mix);
  const decoder = new Decoder();
  const batches: Event[][] = [];
  for (let at = 0; at < frames.length; ) {
    const start = at + HEADER;
    at = start + frameLength(frames, at);
    const batch: Event[] = [];
    decoder.decode(frames, start, at, 0, batch);
    batches.push(batch);
  }
  return batches;
}
