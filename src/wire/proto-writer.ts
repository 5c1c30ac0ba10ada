const FIRST_BYTES = 64 * 1024;
/** Short texts that are ASCII are written byte by byte: a call of Buffer's costs more than 40 characters. */
const SHORT = 40;

/** Where a length-delimited field begins: what `close` needs of `open`. */
export type Opened = number;

/** The tag of a field with a varint. */
export const varintField = (number: number): number => number << 3;
/** The tag of a field of 64 bits. */
export const fixed64Field = (number: number): number => (number << 3) | 1;
/** The tag of a field with a length: a text, bytes, a message. */
export const lengthField = (number: number): number => (number << 3) | 2;

/** Writes protobuf, field by field, into a buffer that grows. Tags are below 2^14, numbers of varints whole and >= 0. */
export class ProtoWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  /** What was written since the last call; the buffer is the caller's. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  varint(tag: number, value: number): void {
    this.#room(16);
    this.#varint(tag);
    this.#varint(value);
  }

  /** A number without a tag: of a packed field. */
  packed(value: number): void {
    this.#room(10);
    this.#varint(value);
  }

  double(tag: number, value: number): void {
    this.#room(12);
    this.#varint(tag);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** 64 bits as they are, unsigned. */
  fixed64(tag: number, value: bigint): void {
    this.#room(12);
    this.#varint(tag);
    this.#at = this.#bytes.writeBigUInt64LE(value, this.#at);
  }

  text(tag: number, text: string): void {
    const { length } = text;
    this.#room(3 * length + 16);
    this.#varint(tag);
    if (length <= SHORT && this.#ascii(text)) return;
    this.#varint(Buffer.byteLength(text));
    this.#at += this.#bytes.write(text, this.#at);
  }

  /** Fields that were encoded before. */
  raw(bytes: Buffer): void {
    this.#room(bytes.length);
    this.#at += bytes.copy(this.#bytes, this.#at);
  }

  /** Begins a message or a packed field; all until `close` is inside. */
  open(tag: number): Opened {
    this.#room(8);
    this.#varint(tag);
    return this.#at++;
  }

  close(opened: Opened): void {
    const start = opened + 1;
    const length = this.#at - start;
    if (length < 128) {
      this.#bytes[opened] = length;
      return;
    }
    const more = varintBytes(length) - 1;
    this.#room(more);
    this.#bytes.copyWithin(start + more, start, this.#at);
    const end = this.#at + more;
    this.#at = opened;
    this.#varint(length);
    this.#at = end;
  }

  /** With its length; false, and nothing is written, when the text is not ASCII. */
  #ascii(text: string): boolean {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      bytes[start + i] = code;
    }
    bytes[this.#at] = text.length;
    this.#at = start + text.length;
    return true;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 128;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#at++] = (rest & 127) | 128;
    this.#bytes[this.#at++] = rest;
  }

  #room(bytes: number): void {
    if (this.#bytes.length - this.#at >= bytes) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

function varintBytes(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : value < 268_435_456 ? 4 : 5;
}
