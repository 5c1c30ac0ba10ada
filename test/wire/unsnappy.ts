import assert from "node:assert/strict";

/** Snappy's block format read back, by its description (google/snappy, format_description.txt). */
export function unsnappy(bytes: Uint8Array): Buffer {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  const output: number[] = [];
  while (at < bytes.length) {
    const tag = bytes[at++] ?? 0;
    if ((tag & 3) === 0) {
      let size = tag >> 2;
      const more = size < 60 ? 0 : size - 59;
      if (more > 0) size = little(bytes, at, more);
      at += more;
      for (let n = 0; n <= size; n++) output.push(bytes[at++] ?? 0);
      continue;
    }
    const isShort = (tag & 3) === 1;
    const size = isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offset = isShort ? ((tag >> 5) << 8) | (bytes[at] ?? 0) : little(bytes, at, (tag & 3) === 2 ? 2 : 4);
    at += isShort ? 1 : (tag & 3) === 2 ? 2 : 4;
    assert.ok(offset > 0 && offset <= output.length, `a copy of ${offset} bytes before, with ${output.length} there`);
    for (let n = 0; n < size; n++) output.push(output[output.length - offset] ?? 0);
  }
  assert.equal(output.length, length);
  return Buffer.from(output);
}

function little(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
