import { ACK } from "./frames.ts";

const PREPARED_ACKS = 1024;
const all: Buffer = Buffer.alloc(PREPARED_ACKS * ACK.length, ACK);
const views: Buffer[] = [];

/** `count` acks in a row, to be written as they are and never changed: up to 1,024 are parts of one buffer. */
export function acks(count: number): Buffer {
  if (count > PREPARED_ACKS) return Buffer.alloc(count * ACK.length, ACK);
  const known = views[count];
  if (known !== undefined) return known;
  const made = all.subarray(0, count * ACK.length);
  views[count] = made;
  return made;
}
