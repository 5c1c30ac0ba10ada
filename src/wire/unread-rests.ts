import { READ, type Rest, type UnreadRests } from "../core/event-rest.ts";
import { ATTRIBUTES, type RestReader } from "./rest-reader.ts";

/** Bytes that are copied at once, of some six events. An event holds on to no more than these. */
const COPY_BYTES = 512;
/** A place: which event of the copy, how many bytes, from where. */
const NUMBER_SHIFT = 20;
const LENGTH_SHIFT = 10;
const MASK = 2 ** LENGTH_SHIFT - 1;

/** What Node's Buffer has and its types leave out. */
interface Latin1 {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, at: number): number;
}

const scratch = Buffer.alloc(COPY_BYTES);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, COPY_BYTES);
/** Whose bytes are in `scratch`. */
let loaded: RestCopy | null = null;

/** Decides of each event whether its rest is read at once, or from a copy of its bytes when it is asked for. */
export class Rests {
  readonly #reader: RestReader;
  #isLazy = false;
  #copy: RestCopy | null = null;
  /** What `copy` is of, and where the bytes end that it may be of. */
  #from = 0;
  #to = 0;
  #end = 0;
  /** Of the event whose rest was made last: see `Event`. */
  place = READ;

  constructor(reader: RestReader) {
    this.#reader = reader;
  }

  /** See `Decoder.begin`. */
  begin(end: number, mayBeUnread: boolean): void {
    this.#isLazy = mayBeUnread;
    this.#copy = null;
    this.#end = end;
  }

  /** The rest of an event, whose fields are in [start, end): see `RestReader.read`. */
  of(bytes: Buffer, view: DataView, start: number, end: number, known: number): Rest | UnreadRests {
    if (!this.#isLazy || end - start > COPY_BYTES || known < ATTRIBUTES) {
      this.place = READ;
      return this.#reader.read(bytes, view, start, end, known);
    }
    const copy = this.#copy !== null && end <= this.#to ? this.#copy : this.#newCopy(bytes, start);
    this.place = (copy.count++ << NUMBER_SHIFT) | ((end - start) << LENGTH_SHIFT) | (start - this.#from);
    return copy;
  }

  #newCopy(bytes: Buffer, start: number): RestCopy {
    this.#from = start;
    this.#to = Math.min(start + COPY_BYTES, this.#end);
    const text = (bytes as Buffer & Latin1).latin1Slice(start, this.#to);
    this.#copy = new RestCopy(text, this.#reader);
    return this.#copy;
  }
}

/** The bytes of some events, one character a byte. */
class RestCopy implements UnreadRests {
  readonly #bytes: string;
  readonly #reader: RestReader;
  /** Those that were asked for, by number. */
  #rests: (Rest | undefined)[] | null = null;
  /** How many events have their place here. */
  count = 0;

  constructor(bytes: string, reader: RestReader) {
    this.#bytes = bytes;
    this.#reader = reader;
  }

  at(place: number): Rest {
    const number = place >>> NUMBER_SHIFT;
    this.#rests ??= [];
    const known = this.#rests[number];
    if (known !== undefined) return known;
    if (loaded !== this) {
      (scratch as Buffer & Latin1).latin1Write(this.#bytes, 0);
      loaded = this;
    }
    const from = place & MASK;
    const rest = this.#reader.read(scratch, scratchView, from, from + ((place >>> LENGTH_SHIFT) & MASK));
    this.#rests[number] = rest;
    return rest;
  }
}
