import type { Attributes, Event } from "../core/event.ts";
import { fixed64Field, lengthField, ProtoWriter, varintField } from "../wire/proto-writer.ts";
import { checkTime } from "./event-date.ts";

/*
 * opentelemetry-proto 1: ExportMetricsServiceRequest and ExportLogsServiceRequest { repeated Resource… resource = 1 }, in
 * each { Resource resource = 1, repeated Scope… scope = 2 }, in each { InstrumentationScope scope = 1, repeated Metric or
 * LogRecord = 2 }.
 */
const RESOURCES = lengthField(1);
const RESOURCE = lengthField(1);
const RESOURCE_ATTRIBUTES = lengthField(1);
const SCOPES = lengthField(2);
const SCOPE = lengthField(1);
const SCOPE_NAME = lengthField(1);
const RECORDS = lengthField(2);
/** Metric { string name = 1, Gauge gauge = 5 }, Gauge { repeated NumberDataPoint data_points = 1 } */
const METRIC_NAME = lengthField(1);
const GAUGE = lengthField(5);
const POINTS = lengthField(1);
/** NumberDataPoint { fixed64 time_unix_nano = 3, double as_double = 4, repeated KeyValue attributes = 7 } */
const POINT_TIME = fixed64Field(3);
const POINT_VALUE = fixed64Field(4);
const POINT_ATTRIBUTES = lengthField(7);
/**
 * LogRecord { fixed64 time_unix_nano = 1, SeverityNumber severity_number = 2, string severity_text = 3, AnyValue body = 5,
 * repeated KeyValue attributes = 6, fixed64 observed_time_unix_nano = 11 }
 */
const LOG_TIME = fixed64Field(1);
const LOG_SEVERITY = varintField(2);
const LOG_SEVERITY_TEXT = lengthField(3);
const LOG_BODY = lengthField(5);
const LOG_ATTRIBUTES = lengthField(6);
const LOG_OBSERVED = fixed64Field(11);
/** KeyValue { string key = 1, AnyValue value = 2 }, AnyValue { string = 1, double = 4, ArrayValue array = 5 } */
const KEY = lengthField(1);
const VALUE = lengthField(2);
const TEXT = lengthField(1);
const DOUBLE = fixed64Field(4);
const ARRAY = lengthField(5);
const ARRAY_VALUES = lengthField(1);

/** By the state of an event: ERROR, WARN and INFO. */
const SEVERITIES: Readonly<Record<string, number>> = { critical: 17, warning: 13, ok: 9 };

const writer = new ProtoWriter();
/** Nanoseconds since 1970 in 64 bits end in the year 2554. */
const MAX_TIME_SECONDS = 18_446_744_073;

/**
 * The events as gauges: a resource for each host, a metric for each service.
 *
 * @throws DeliveryFailure with `"refused"` when the time of one cannot be told.
 */
export function metricsBody(events: readonly Event[]): Buffer {
  checkTimes(events);
  for (const [host, ofHost] of grouped(events, ({ host }) => host)) {
    const resource = openResource(host, null);
    for (const [service, points] of grouped(ofHost, (event) => event.service)) {
      const metric = writer.open(RECORDS);
      writer.text(METRIC_NAME, service ?? "");
      const gauge = writer.open(GAUGE);
      for (const event of points) writePoint(event);
      writer.close(gauge);
      writer.close(metric);
    }
    closeResource(resource);
  }
  return writer.take();
}

/**
 * The events as log records: a resource for each host and service.
 *
 * @param now - When they were seen, Unix seconds.
 * @throws DeliveryFailure with `"refused"` when the time of one cannot be told.
 */
export function logsBody(events: readonly Event[], now: number): Buffer {
  checkTimes(events);
  for (const [host, ofHost] of grouped(events, ({ host }) => host))
    for (const [service, records] of grouped(ofHost, (event) => event.service)) {
      const resource = openResource(host, service);
      for (const event of records) writeRecord(event, now);
      closeResource(resource);
    }
  return writer.take();
}

/** Before anything is written: what is half written would be part of the next body. */
function checkTimes(events: readonly Event[]): void {
  for (const event of events) checkTime(event, 0, MAX_TIME_SECONDS);
}

function grouped<Key>(events: readonly Event[], keyOf: (event: Event) => Key): ReadonlyMap<Key, readonly Event[]> {
  const groups = new Map<Key, Event[]>();
  for (const event of events) {
    const key = keyOf(event);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return groups;
}

function openResource(host: string | null, service: string | null): readonly [number, number] {
  const outer = writer.open(RESOURCES);
  const resource = writer.open(RESOURCE);
  if (host !== null) writeText(RESOURCE_ATTRIBUTES, "host.name", host);
  if (service !== null) writeText(RESOURCE_ATTRIBUTES, "service.name", service);
  writer.close(resource);
  const scopes = writer.open(SCOPES);
  const scope = writer.open(SCOPE);
  writer.text(SCOPE_NAME, "fast-ts");
  writer.close(scope);
  return [outer, scopes];
}

function closeResource([outer, scopes]: readonly [number, number]): void {
  writer.close(scopes);
  writer.close(outer);
}

function writePoint({ metric, time, attributes }: Event): void {
  const point = writer.open(POINTS);
  writer.fixed64(POINT_TIME, nanoseconds(time));
  writer.double(POINT_VALUE, metric ?? 0);
  writeAttributes(POINT_ATTRIBUTES, attributes);
  writer.close(point);
}

function writeRecord({ state, description, service, metric, time, tags, attributes }: Event, now: number): void {
  const record = writer.open(RECORDS);
  writer.fixed64(LOG_TIME, nanoseconds(time));
  const severity = SEVERITIES[state ?? ""];
  if (severity !== undefined) writer.varint(LOG_SEVERITY, severity);
  if (state !== null) writer.text(LOG_SEVERITY_TEXT, state);
  const body = writer.open(LOG_BODY);
  writer.text(TEXT, description ?? [service, state].filter((text) => text !== null).join(" "));
  writer.close(body);
  writeAttributes(LOG_ATTRIBUTES, attributes);
  if (metric !== null) writeNumber(LOG_ATTRIBUTES, "metric", metric);
  if (tags.length > 0) writeTexts(LOG_ATTRIBUTES, "tags", tags);
  writer.fixed64(LOG_OBSERVED, nanoseconds(now));
  writer.close(record);
}

function writeAttributes(tag: number, attributes: Attributes): void {
  for (const name in attributes) writeText(tag, name, attributes[name] ?? "");
}

function writeText(tag: number, key: string, value: string): void {
  writePair(tag, key, () => writer.text(TEXT, value));
}

function writeNumber(tag: number, key: string, value: number): void {
  writePair(tag, key, () => writer.double(DOUBLE, value));
}

function writeTexts(tag: number, key: string, values: readonly string[]): void {
  writePair(tag, key, () => {
    const array = writer.open(ARRAY);
    for (const value of values) {
      const one = writer.open(ARRAY_VALUES);
      writer.text(TEXT, value);
      writer.close(one);
    }
    writer.close(array);
  });
}

function writePair(tag: number, key: string, writeValue: () => void): void {
  const pair = writer.open(tag);
  writer.text(KEY, key);
  const opened = writer.open(VALUE);
  writeValue();
  writer.close(opened);
  writer.close(pair);
}

/** Exact to the microsecond, as events are. */
function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}
