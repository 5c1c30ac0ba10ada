import { partitionOfBytes } from "../core/spread.ts";
import { passed, passField } from "./skip.ts";

/** Bytes for each event: the partition of its host, and that of its service. */
export const PARTITIONS_BYTES = 2;

export const NO_PARTITIONS: Buffer = Buffer.alloc(0);

const HOST = 0x22;
const SERVICE = 0x1a;

/** The partitions of the events of the messages that were checked, in the order in which they are decoded. */
export class EventPartitions {
  bytes: Buffer = Buffer.alloc(4096);
  /** Of `bytes`, those that are used. */
  length = 0;

  /** @param view - Where host and service are; both ends are the same when there is none. */
  add(view: DataView, hostFrom: number, hostTo: number, serviceFrom: number, serviceTo: number): void {
    if (this.length === this.bytes.length) this.bytes = Buffer.concat([this.bytes, this.bytes]);
    this.bytes[this.length++] = partitionOfBytes(view, hostFrom, hostTo);
    this.bytes[this.length++] = partitionOfBytes(view, serviceFrom, serviceTo);
  }

  /** The same for a message that is well-formed and has both as fields of its own, of which the last ones count. */
  addFields(view: DataView, start: number, end: number): void {
    let [hostFrom, hostTo, serviceFrom, serviceTo] = [0, 0, 0, 0];
    for (let at = start; at < end; ) {
      at = passField(view, at, end);
      if (passed.tag === HOST) [hostFrom, hostTo] = [passed.at, at];
      else if (passed.tag === SERVICE) [serviceFrom, serviceTo] = [passed.at, at];
    }
    this.add(view, hostFrom, hostTo, serviceFrom, serviceTo);
  }
}

/** Says of each event of a message, in their order, whether it is wanted. */
export interface EventPicks {
  next(): boolean;
}
