import { partitionOfBytes, type SpreadField } from "../core/spread.ts";
import { plainKeyEnd } from "./attribute.ts";
import { passed, passField } from "./skip.ts";

const TAGS: Readonly<Record<string, number>> = { state: 0x12, service: 0x1a, host: 0x22, description: 0x2a };
const ATTRIBUTE = 0x4a;
const KEY = 0x0a;
const VALUE = 0x12;

/** Finds a field of events, or an attribute, in messages that are well-formed. */
export class PartitionKey {
  readonly #tag: number;
  /** The name of the attribute, in ASCII. */
  readonly #name: Buffer;
  #from = 0;
  #to = 0;

  constructor(field: SpreadField) {
    this.#tag = TAGS[field] ?? ATTRIBUTE;
    this.#name = Buffer.from(field.slice(field.indexOf(".") + 1));
  }

  /**
   * The partition of its value in the event in [start, end): of several, the last counts.
   *
   * @param hasAttributes - Whether it is no state, which has none.
   */
  partition(view: DataView, start: number, end: number, hasAttributes: boolean): number {
    this.#from = this.#to = 0;
    for (let at = hasAttributes || this.#tag !== ATTRIBUTE ? start : end; at < end; ) {
      let tag = view.getUint8(at);
      let from = at + 2;
      // The common cases are written out: half the time.
      if (tag < 128 && (tag & 7) === 1) at += 9;
      else if (tag < 128 && (tag & 7) === 2 && view.getUint8(at + 1) < 128) at = from + view.getUint8(at + 1);
      else {
        at = passField(view, at, end);
        ({ tag, at: from } = passed);
      }
      if (tag !== this.#tag) continue;
      if (tag === ATTRIBUTE) this.#readAttribute(view, from, at);
      else [this.#from, this.#to] = [from, at];
    }
    return partitionOfBytes(view, this.#from, this.#to);
  }

  #readAttribute(view: DataView, start: number, end: number): void {
    const keyEnd = plainKeyEnd(view, start, end);
    if (keyEnd > 0) {
      if (this.#isName(view, start + 2, keyEnd)) [this.#from, this.#to] = [keyEnd + 2, end];
      return;
    }
    let [isNamed, from, to] = [false, 0, 0];
    for (let at = start; at < end; ) {
      at = passField(view, at, end);
      if (passed.tag === KEY) isNamed = this.#isName(view, passed.at, at);
      else if (passed.tag === VALUE) [from, to] = [passed.at, at];
    }
    if (isNamed) [this.#from, this.#to] = [from, to];
  }

  #isName(view: DataView, from: number, to: number): boolean {
    const name = this.#name;
    if (to - from !== name.length) return false;
    for (let at = 0; at < name.length; at++) if (view.getUint8(from + at) !== name[at]) return false;
    return true;
  }
}
