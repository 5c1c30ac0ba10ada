/*
 * Snappy's block format (google/snappy, format_description.txt): the length as a varint, then literals and copies of what
 * came before, found by a table of hashes of four bytes within blocks of 64 KiB.
 */
const BLOCK_BYTES = 65_536;
const TABLE_BITS = 14;
const table = new Uint16Array(1 << TABLE_BITS);
const MIN_COPY_BYTES = 4;
/** The longest copy one element can make. */
const MAX_COPY_BYTES = 64;

/** The bytes, compressed. */
export function snappy(input: Buffer): Buffer {
  const output = Buffer.allocUnsafe(32 + input.length + Math.ceil(input.length / 6));
  let at = 0;
  for (let rest = input.length; ; rest >>>= 7) {
    output[at++] = rest > 127 ? (rest & 127) | 128 : rest;
    if (rest <= 127) break;
  }
  for (let start = 0; start < input.length; start += BLOCK_BYTES)
    at = block(input, start, Math.min(start + BLOCK_BYTES, input.length), output, at);
  return output.subarray(0, at);
}

function block(input: Buffer, start: number, end: number, output: Buffer, to: number): number {
  table.fill(0);
  let at = to;
  let literal = start;
  const last = end - MIN_COPY_BYTES;
  for (let i = start + 1; i <= last; ) {
    const word = read32(input, i);
    const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - TABLE_BITS);
    const match = start + (table[hash] ?? 0);
    table[hash] = i - start;
    if (read32(input, match) !== word) {
      // The longer nothing is found, the larger the steps.
      i += 1 + ((i - literal) >> 5);
      continue;
    }
    let length = MIN_COPY_BYTES;
    while (i + length < end && input[match + length] === input[i + length]) length++;
    at = writeLiteral(input, literal, i, output, at);
    at = writeCopies(i - match, length, output, at);
    i += length;
    literal = i;
  }
  return writeLiteral(input, literal, end, output, at);
}

function read32(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function writeLiteral(input: Buffer, from: number, to: number, output: Buffer, start: number): number {
  const length = to - from;
  if (length === 0) return start;
  const less = length - 1;
  let at = start;
  if (less < 60) output[at++] = less << 2;
  else if (less < 256) {
    output[at++] = 60 << 2;
    output[at++] = less;
  } else {
    output[at++] = 61 << 2;
    output[at++] = less & 255;
    output[at++] = less >> 8;
  }
  return at + input.copy(output, at, from, to);
}

/** `offset` is below 64 KiB, as both lie in one block. */
function writeCopies(offset: number, length: number, output: Buffer, start: number): number {
  let at = start;
  let rest = length;
  while (rest > 0) {
    // What is left has to be four bytes or more.
    const take =
      rest > MAX_COPY_BYTES + MIN_COPY_BYTES
        ? MAX_COPY_BYTES
        : rest > MAX_COPY_BYTES
          ? MAX_COPY_BYTES - MIN_COPY_BYTES
          : rest;
    if (take < 12 && take >= MIN_COPY_BYTES && offset < 2048) {
      output[at++] = ((offset >> 8) << 5) | ((take - MIN_COPY_BYTES) << 2) | 1;
      output[at++] = offset & 255;
    } else {
      output[at++] = ((take - 1) << 2) | 2;
      output[at++] = offset & 255;
      output[at++] = offset >> 8;
    }
    rest -= take;
  }
  return at;
}
