import { ACK } from "./frames.ts";

const MANY = 1024;
const all: Buffer = Buffer.alloc(MANY * ACK.length, ACK);
const views: Buffer[] = [];

/** `count` acks in a row, to be written as they are and never changed: up to 1,024 are parts of one buffer. */
export function acks(count: number): Buffer {
  if (count > MANY) return Buffer.alloc(count * ACK.length, ACK);
  const known = views[count];
  if (known !== undefined) return known;
  const made = all.subarray(0, count * ACK.length);
  views[count] = made;
  return made;
}
