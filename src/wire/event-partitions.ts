import { partitionOfBytes, type SpreadField } from "../core/spread.ts";
import { PartitionKey } from "./partition-key.ts";
import { passed, passField } from "./skip.ts";

export const NO_PARTITIONS: Buffer = Buffer.alloc(0);

const HOST = 0x22;
const SERVICE = 0x1a;

/** Bytes for each event: the partition of its host, that of its service, and that of another partition key. */
export function partitionBytes(key: SpreadField): number {
  return key === "host" || key === "service" ? 2 : 3;
}

/** The partitions of the events of the messages that were checked, in the order in which they are decoded. */
export class EventPartitions {
  bytes: Buffer = Buffer.alloc(3 * 2048);
  /** Of `bytes`, those that are used. */
  length = 0;
  /** Bytes for each event. */
  readonly width: number;
  readonly #key: PartitionKey | null;

  constructor(key: SpreadField = "host") {
    this.width = partitionBytes(key);
    this.#key = this.width > 2 ? new PartitionKey(key) : null;
  }

  /**
   * Of an event in [start, end), which is well-formed.
   *
   * @param view - Where host and service are; both ends are the same when there is none.
   * @param isEvent - Whether it is no state.
   */
  add(
    view: DataView,
    start: number,
    end: number,
    hostFrom: number,
    hostTo: number,
    serviceFrom: number,
    serviceTo: number,
    isEvent = true,
  ): void {
    if (this.bytes.length - this.length < 3) this.bytes = Buffer.concat([this.bytes, this.bytes]);
    this.bytes[this.length++] = partitionOfBytes(view, hostFrom, hostTo);
    this.bytes[this.length++] = partitionOfBytes(view, serviceFrom, serviceTo);
    if (this.#key !== null) this.bytes[this.length++] = this.#key.partition(view, start, end, isEvent);
  }

  /** The same of a state. */
  addState(view: DataView, start: number, end: number): void {
    let [hostFrom, hostTo, serviceFrom, serviceTo] = [0, 0, 0, 0];
    for (let at = start; at < end; ) {
      at = passField(view, at, end);
      if (passed.tag === HOST) [hostFrom, hostTo] = [passed.at, at];
      else if (passed.tag === SERVICE) [serviceFrom, serviceTo] = [passed.at, at];
    }
    this.add(view, start, end, hostFrom, hostTo, serviceFrom, serviceTo, false);
  }
}

/** Says of each event of a message, in their order, whether it is wanted. */
export interface EventPicks {
  next(): boolean;
}
