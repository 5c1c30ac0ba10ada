import type { ArrivalTimes } from "./arrival-times.ts";
import { codecOf, type MessageDecoder } from "./message-codecs.ts";

/** The decoders of a thread: one for each format, made with its first message. */
export class MessageDecoders {
  readonly #times: ArrivalTimes;
  readonly #made: MessageDecoder[] = [];

  /** @param times - What reads the events' times. */
  constructor(times: ArrivalTimes) {
    this.#times = times;
  }

  of(codec: number): MessageDecoder {
    const known = this.#made[codec];
    if (known !== undefined) return known;
    const made = codecOf(codec).newDecoder(this.#times);
    this.#made[codec] = made;
    return made;
  }
}
