import type { Event } from "../src/core/event.ts";
import { Decoder } from "../src/wire/decode.ts";
import { frameLength, HEADER } from "../src/wire/frames.ts";
import { buildFrames, type Mix } from "./mix.ts";

/** Frames to send over and over, back to back in memory: those that a window admits are one write. */
export interface LoadPool {
  readonly bytes: Buffer;
  /** Where frame i begins; one more entry at the end. */
  readonly offsets: readonly number[];
  /** The sum of the metrics in frame i. */
  readonly sums: readonly number[];
}

export function buildPool(mix: Mix): LoadPool {
  const { frames, metricSum } = buildFrames(mix);
  const decoder = new Decoder();
  const offsets: number[] = [];
  const sums: number[] = [];
  for (let at = 0; at < frames.length; ) {
    const next = at + HEADER + frameLength(frames, at);
    const events: Event[] = [];
    decoder.decode(frames, at + HEADER, next, 0, events);
    offsets.push(at);
    sums.push(events.reduce((sum, event) => sum + (event.metric ?? 0), 0));
    at = next;
  }
  offsets.push(frames.length);
  const decoded = sums.reduce((sum, one) => sum + one, 0);
  if (decoded !== metricSum) throw new Error(`metrics add up to ${metricSum}, decoded to ${decoded}`);
  return { bytes: frames, offsets, sums };
}
