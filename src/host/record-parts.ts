import type { PlacedRecord } from "../state/journal-record.ts";
import { frameLength, HEADER } from "../wire/frames.ts";
import { codecOf } from "../wire/message-codecs.ts";
import type { ReplayFilter } from "./poison-record.ts";
import type { RecordRange } from "./ring.ts";

/** What of a record is given at once: the numbers of its events, and its frames. */
export interface RecordPart extends RecordRange {
  readonly codec: number;
  readonly frames: Buffer;
  /** Pipelines that are not given it: a thread that had them ended at it. */
  readonly withheld: readonly string[];
}

/** A record as a whole, or its messages where one of them was set aside or may have to be. */
export function partsOf(record: PlacedRecord, { givenUp, suspects }: ReplayFilter): readonly RecordPart[] {
  const { codec, frames, position: from, events } = record;
  if (frames.length === 0) return [];
  const whole = { codec, frames, from, to: from + events, withheld: [] };
  if (![...givenUp, ...suspects].some(overlaps(whole))) return [whole];
  return messagesOf(whole).map((message) => ({
    ...message,
    withheld: givenUp.filter(overlaps(message)).flatMap(({ pipelines }) => pipelines),
  }));
}

type Message = Omit<RecordPart, "withheld">;

function overlaps(part: RecordRange): (range: RecordRange) => boolean {
  return ({ from, to }) => from < part.to && part.from < to;
}

function messagesOf({ codec, frames, from }: Message): Message[] {
  const messages: Message[] = [];
  for (let [at, first] = [0, from]; at < frames.length; ) {
    const next = at + HEADER + frameLength(frames, at);
    const to = first + (codecOf(codec).check(frames, at + HEADER, next, null) >> 1);
    messages.push({ codec, frames: frames.subarray(at, next), from: first, to });
    [at, first] = [next, to];
  }
  return messages;
}
