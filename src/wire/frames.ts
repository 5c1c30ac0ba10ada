/*
 *   frame: | length N, 32 bits, big-endian, unsigned | N bytes: one Msg |
 */

/** Size of the length in front of each Msg, bytes. */
export const HEADER = 4;

/** The answer to a Msg that was taken: a frame with `ok = true`. */
export const ACK: Buffer = Buffer.from([0, 0, 0, 2, 0x10, 1]);

/** Bytes that the Msg takes whose header is at `at`; the header must be there. */
export function frameLength(bytes: Buffer, at: number): number {
  const high = bytes[at] as number;
  return (
    high * 0x1000000 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}

/**
 * Where the last whole frame in [start, end) ends; `start` when there is none.
 *
 * @param maxFrame - Longest Msg allowed, bytes.
 * @returns A position, or `-1 - position` of the first header that announces more than `maxFrame` bytes.
 */
export function wholeFrames(bytes: Buffer, start: number, end: number, maxFrame: number): number {
  let at = start;
  while (end - at >= HEADER) {
    const length = frameLength(bytes, at);
    if (length > maxFrame) return -1 - at;
    if (length > end - at - HEADER) return at;
    at += HEADER + length;
  }
  return at;
}
