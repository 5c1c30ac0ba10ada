import type { Event } from "../core/event.ts";
import { HEADER } from "./frames.ts";
import { decodeFields, encodeFields } from "./protobuf.ts";

/** A 64-bit integer; beyond 2^53 as a string of decimal digits. */
export type Int64 = number | string;

export interface WireAttribute {
  readonly key: string;
  readonly value?: string;
}

/** The fields of proto/riemann.proto's `State`; a field left out is not sent. */
export interface WireState {
  readonly time?: Int64;
  readonly state?: string;
  readonly service?: string;
  readonly host?: string;
  readonly description?: string;
  readonly once?: boolean;
  readonly tags?: readonly string[];
  readonly ttl?: number;
}

/** The fields of proto/riemann.proto's `Event`; a field left out is not sent. */
export interface WireEvent {
  readonly time?: Int64;
  readonly state?: string;
  readonly service?: string;
  readonly host?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly ttl?: number;
  readonly attributes?: readonly WireAttribute[];
  readonly time_micros?: Int64;
  readonly metric_sint64?: Int64;
  readonly metric_d?: number;
  readonly metric_f?: number;
}

/** The fields of proto/riemann.proto's `Msg`; a field left out is not sent. */
export interface WireMsg {
  readonly ok?: boolean;
  readonly error?: string;
  readonly states?: readonly WireState[];
  readonly query?: { readonly string?: string };
  readonly events?: readonly WireEvent[];
}

/** One Msg without its length. */
export function encodeMsg(msg: WireMsg): Buffer {
  const bytes = encodeFields(msg as Record<string, unknown>);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** One Msg with its length in front, as it travels over TCP. */
export function encodeFrame(msg: WireMsg): Buffer {
  const body = encodeMsg(msg);
  const frame = Buffer.allocUnsafe(HEADER + body.length);
  frame.writeUInt32BE(body.length);
  body.copy(frame, HEADER);
  return frame;
}

/**
 * One Msg without its length as a plain object: absent fields are left out, 64-bit integers are strings of
 * decimal digits. For clients and tests; the daemon decodes with `Decoder`.
 *
 * @throws Error of protobufjs when the bytes are no Msg.
 */
export function decodeMsg(bytes: Uint8Array): WireMsg {
  return decodeFields(bytes) as WireMsg;
}

/**
 * An event as Riemann's own clients write it: `metric_sint64` for whole numbers up to 2^53 and `metric_d` for others,
 * with `metric_f` beside it for old readers where a float can hold it; `metric_f` alone when it came so; `time` and
 * `time_micros`.
 */
export function toWire(event: Event): WireEvent {
  const { host, service, state, description, ttl, tags } = event;
  const attributes = Object.entries(event.attributes).map(([key, value]) => ({ key, value }));
  return {
    time: Math.trunc(event.time),
    // Rounded: whole microseconds come out as they came in.
    time_micros: Math.round(event.time * 1e6),
    ...(host !== null && { host }),
    ...(service !== null && { service }),
    ...(state !== null && { state }),
    ...(description !== null && { description }),
    ...(ttl !== null && { ttl }),
    ...(tags.length > 0 && { tags }),
    ...(attributes.length > 0 && { attributes }),
    ...(event.metric !== null && metricFields(event.metric, event.metricIsFloat)),
  };
}

function metricFields(metric: number, isFloat: boolean): WireEvent {
  if (isFloat) return { metric_f: metric };
  const fitsFloat = Number.isFinite(Math.fround(metric)) || !Number.isFinite(metric);
  const forOldReaders = fitsFloat ? { metric_f: metric } : {};
  // -0 is a safe integer, yet an integer field has no sign for it.
  const isInteger = Number.isSafeInteger(metric) && !Object.is(metric, -0);
  return isInteger ? { ...forOldReaders, metric_sint64: metric } : { ...forOldReaders, metric_d: metric };
}
