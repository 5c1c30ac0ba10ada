/** A field by which events may be spread over workers, or an attribute. */
export type SpreadField = "host" | "service" | "state" | "description" | `attributes.${string}`;

/** What {@link isSpreadField} asks for. */
export const SPREAD_FIELD_RULE = "host, service, state, description, or attributes.NAME with a NAME of printable ASCII";

export function isSpreadField(value: unknown): value is SpreadField {
  return typeof value === "string" && /^(host|service|state|description|attributes\.[ -~]{1,100})$/.test(value);
}

/** Those by which pipelines may be spread, the one first by which those are that have no need of any. */
export function spreadFields(partitionKey: SpreadField): readonly SpreadField[] {
  return [...new Set<SpreadField>([partitionKey, "host", "service"])];
}

/**
 * Which events a pipeline gets in a worker: `"all"`, or those whose host (service, other partition key) the worker has.
 * Each worker numbers the events of each spread on its own, from the daemon's begin on.
 */
export type SpreadBy = "all" | "host" | "service" | "key";

export const SPREADS: readonly SpreadBy[] = ["all", "host", "service", "key"];

/** By a field, where the partition key is this one or host or service. */
export function spreadOfField(field: SpreadField | "all"): SpreadBy {
  return SPREADS.find((spread) => spread === field) ?? "key";
}

/** A number for each spread. */
export type EventNumbers = Readonly<Record<SpreadBy, number>>;

export const NO_EVENTS: EventNumbers = { all: 0, host: 0, service: 0, key: 0 };

/** The parts that the values of a field are divided into; a worker has every n-th. */
export const PARTITIONS = 64;

/** The worker that has a partition. */
export function workerOf(partition: number, workers: number): number {
  return partition % workers;
}

/** Which partitions a worker has: 1 or 0 for each. */
export function partitionsOf(worker: number, workers: number): Uint8Array {
  return Uint8Array.from({ length: PARTITIONS }, (_, partition) => (workerOf(partition, workers) === worker ? 1 : 0));
}

/** Which part of all partitions these are. */
export function portionOf(mine: Uint8Array): number {
  return mine.reduce((sum, is) => sum + is, 0) / PARTITIONS;
}

/** Which worker of how many, as names of states end. */
export function workerLabel(worker: number, workers: number): string {
  return `${worker + 1} of ${workers}`;
}

/** Which part of a state is in a worker. */
export interface StatePart {
  /** Of all that is spread there. */
  readonly label: string;
  readonly partitionKey: SpreadField;
}

/** What is saved of a pipeline goes by this name: of one that is spread each worker has its own. */
export function stateName(pipeline: string, spread: SpreadBy | undefined, { label, partitionKey }: StatePart): string {
  if (spread === undefined || spread === "all") return pipeline;
  return `${pipeline}\0${fieldOfSpread(spread, partitionKey)} ${label}`;
}

/** The field by which is spread what is spread so. */
export function fieldOfSpread(spread: Exclude<SpreadBy, "all">, partitionKey: SpreadField): SpreadField {
  return spread === "key" ? partitionKey : spread;
}

/** Of which pipeline a state is, by what that was spread over how many workers, and in which of them; `""`: there was one. */
export function ownerOf(name: string): Readonly<Record<"pipeline" | "spread" | "label", string>> & { workers: number } {
  const [end = "", spread = "all", label = "", workers = "1"] = /\0([^\0]+) (\d+ of (\d+))$/.exec(name) ?? [];
  return { pipeline: name.slice(0, name.length - end.length), spread, label, workers: Number(workers) };
}

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/**
 * The partition of a value of a field: FNV-1a over its ASCII characters. The bytes of others may be no valid UTF-8, and
 * then different ones are the same text.
 */
export function partitionOf(value: string | null): number {
  let hash = FNV_OFFSET;
  if (value !== null)
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code < 128) hash = Math.imul(hash ^ code, FNV_PRIME);
    }
  return partitionOfHash(hash);
}

/** The same, of the UTF-8 bytes in [start, end). */
export function partitionOfBytes(view: DataView, start: number, end: number): number {
  let hash = FNV_OFFSET;
  for (let at = start; at < end; at++) {
    const code = view.getUint8(at);
    if (code < 128) hash = Math.imul(hash ^ code, FNV_PRIME);
  }
  return partitionOfHash(hash);
}

/** The low bits of FNV hang together too much for a few similar names. */
function partitionOfHash(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) & (PARTITIONS - 1);
}
