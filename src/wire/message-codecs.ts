import type { Event } from "../core/event.ts";
import type { ArrivalTimes } from "./arrival-times.ts";
import { Decoder, type Outcome } from "./decode.ts";
import { problemText } from "./decode-problem.ts";
import type { EventPartitions, EventPicks } from "./event-partitions.ts";
import { validate } from "./validate.ts";

/** Makes events of messages. It remembers strings, so each thread has its own. */
export interface MessageDecoder {
  /** What was wrong with the last malformed message: to be read behind "message". */
  readonly problem: string;
  /** Messages come from bytes that stay as they are up to `end`: see `Decoder.begin`. */
  begin(end: number, mayBeUnread: boolean, isChecked: boolean): void;
  /**
   * Appends the events of the message in [start, end) to `into`. Never throws; when malformed, `into` is as before.
   *
   * @param picks - Of a message that was checked, says which events are wanted.
   */
  decode(bytes: Buffer, start: number, end: number, now: number, into: Event[], picks?: EventPicks | null): Outcome;
}

/** One format of messages: checked at the door, decoded by the threads that host pipelines. */
export interface Codec {
  readonly name: string;
  /**
   * Checks the message in [start, end) and builds nothing.
   *
   * @param partitions - Gets the partitions of its events.
   * @returns -1 when it is malformed, otherwise `events * 2 + query`: how many events it has, and 1 when it carries a query.
   */
  check(bytes: Buffer, start: number, end: number, partitions: EventPartitions | null): number;
  /** What was wrong with the message that `check` refused last and that began at `start`: to be read behind "message". */
  problem(start: number): string;
  /** @param times - What reads the events' times. */
  newDecoder(times: ArrivalTimes): MessageDecoder;
}

/** The number of Riemann's protobuf. */
export const RIEMANN = 0;

const CODECS: readonly Codec[] = [
  {
    name: "Riemann protobuf",
    check: validate,
    problem: problemText,
    newDecoder: (times) => new Decoder({ times }),
  },
];

/** The codec of this number, which may come from a file. */
export function findCodec(number: number): Codec | null {
  return CODECS[number] ?? null;
}

/** The codec of this number, as the ring's records name it. */
export function codecOf(number: number): Codec {
  const codec = findCodec(number);
  if (codec === null) throw new Error(`there is no codec ${number}`);
  return codec;
}
