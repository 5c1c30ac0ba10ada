import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Event } from "../src/core/event.ts";
import { decodeMsg } from "../src/wire/codec.ts";
import { Decoder } from "../src/wire/decode.ts";
import { frameLength, HEADER } from "../src/wire/frames.ts";
import { validate } from "../src/wire/validate.ts";
import { buildFrames, type Frames } from "./mix.ts";

/*
 * The decoder alone, on the load generator's mix: nanoseconds per event and bytes per event held.
 *   node dist/bench/decoder.js
 */
const ROUNDS = 7;
const ROUND_EVENTS = 400_000;
const HELD = 500_000;

const rows: Record<string, Record<string, number>> = {};
for (const eventsPerMessage of [1, 10, 100, 1000]) {
  const load = buildFrames({ eventsPerMessage });
  const decoder = new Decoder();
  let into: Event[] = [];
  rows[`${eventsPerMessage} a message`] = {
    "decode ns": perEvent(load, (frames, start, end) => {
      decoder.decode(frames, start, end, 0, into);
      if (into.length >= 1000) into = [];
    }),
    "validate ns": perEvent(load, validate),
    "protobufjs ns": perEvent(load, (frames, start, end) => decodeMsg(frames.subarray(start, end)), ROUND_EVENTS / 10),
  };
}
console.table(rows);
console.log(`bytes per event held: ${bytesHeld().toFixed(0)}`);

/** Nanoseconds per event, the median round. */
function perEvent(load: Frames, run: (frames: Buffer, start: number, end: number) => void, events = ROUND_EVENTS) {
  const passes = Math.max(1, Math.round(events / load.events));
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = process.hrtime.bigint();
    for (let pass = 0; pass < passes; pass++) eachMessage(load.frames, run);
    rounds.push(Number(process.hrtime.bigint() - began) / (passes * load.events));
  }
  rounds.sort((a, b) => a - b);
  return Math.round((rounds[ROUNDS >> 1] ?? 0) * 10) / 10;
}

function eachMessage(frames: Buffer, run: (frames: Buffer, start: number, end: number) => void): void {
  for (let at = 0; at < frames.length; ) {
    const start = at + HEADER;
    at = start + frameLength(frames, at);
    run(frames, start, at);
  }
}

function bytesHeld(): number {
  setFlagsFromString("--expose-gc");
  const gc: () => void = runInNewContext("gc");
  const load = buildFrames({ eventsPerMessage: 100, count: HELD, hosts: 1000 });
  const decoder = new Decoder();
  const held: Event[] = [];
  gc();
  const before = process.memoryUsage().heapUsed;
  eachMessage(load.frames, (frames, start, end) => decoder.decode(frames, start, end, 0, held));
  gc();
  return (process.memoryUsage().heapUsed - before) / held.length;
}
