import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { encodeFrame } from "../../src/wire/codec.ts";
import { ACK, frameLength, HEADER, wholeFrames } from "../../src/wire/frames.ts";
import fc from "../fast-check.ts";

const MAX = 1000;

suite("frames", () => {
  test("a whole frame, two at once and a zero-length one end where they end", () => {
    assert.equal(wholeFrames(frames(5), 0, 9, MAX), 9);
    assert.equal(wholeFrames(frames(5, 0, 7), 0, 24, MAX), 24);
    assert.equal(wholeFrames(frames(0), 0, 4, MAX), 4);
    assert.equal(wholeFrames(frames(), 0, 0, MAX), 0);
  });

  test("fed byte by byte, a frame ends with its last byte and not before", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 6 }), fc.nat(9), (lengths, start) => {
        const bytes = Buffer.concat([Buffer.alloc(start, 0xff), frames(...lengths)]);
        const ends = [start];
        for (const length of lengths) ends.push((ends.at(-1) ?? 0) + HEADER + length);
        for (let end = start; end <= bytes.length; end++)
          assert.equal(
            wholeFrames(bytes, start, end, MAX),
            ends.findLast((known) => known <= end),
          );
      }),
    );
  });

  test("a header that announces too much is refused as soon as it is there, with its place", () => {
    const bytes = frames(3, MAX, MAX + 1);
    const at = HEADER + 3 + HEADER + MAX;
    assert.equal(wholeFrames(bytes, 0, at + 3, MAX), at);
    assert.equal(wholeFrames(bytes, 0, at + 4, MAX), -1 - at);
    assert.equal(wholeFrames(Buffer.from([0xff, 0xff, 0xff, 0xff]), 0, 4, 2 ** 24), -1);
  });

  test("a length has 32 bits without a sign", () => {
    assert.equal(frameLength(Buffer.from([0xff, 0xff, 0xff, 0xfe]), 0), 2 ** 32 - 2);
    assert.equal(frameLength(Buffer.from([9, 0x80, 1, 2, 3]), 1), 0x80010203);
  });

  test("the ack is the frame of ok = true", () => {
    assert.deepStrictEqual(ACK, encodeFrame({ ok: true }));
  });
});

/** Frames with bodies of these lengths, back to back. */
function frames(...lengths: number[]): Buffer {
  return Buffer.concat(
    lengths.map((length) => {
      const frame = Buffer.alloc(HEADER + length, 0xee);
      frame.writeUInt32BE(length);
      return frame;
    }),
  );
}
