import { fixed64Field, lengthField, ProtoWriter, varintField } from "../wire/proto-writer.ts";
import type { Samples } from "./series-table.ts";

/*
 * Prometheus remote write, https://prometheus.io/docs/specs/prw/remote_write_spec/ and remote_write_spec_2_0/:
 *   1: WriteRequest { repeated TimeSeries timeseries = 1 }, TimeSeries { repeated Label labels = 1, Sample samples = 2 },
 *      Label { name = 1, value = 2 }
 *   2: Request { repeated string symbols = 4, TimeSeries timeseries = 5 },
 *      TimeSeries { repeated uint32 labels_refs = 1, Sample samples = 2 }
 *   both: Sample { double value = 1, int64 timestamp = 2 }
 */
const SAMPLES = lengthField(2);
const VALUE = fixed64Field(1);
const TIMESTAMP = varintField(2);
/** The NaN that ends a series (prometheus/model/value). */
const STALE = 0x7ff0000000000002n;

const writer = new ProtoWriter();
const labelWriter = new ProtoWriter();

/** A body of version 1. The labels of a series are encoded once (bench: sinks). */
export function writeRequest1(all: readonly Samples[]): Buffer {
  for (const samples of all) {
    const { series } = samples;
    series.encoded ??= encodedLabels(series.labels);
    const opened = writer.open(lengthField(1));
    writer.raw(series.encoded);
    writeSamples(samples);
    writer.close(opened);
  }
  return writer.take();
}

function encodedLabels(labels: readonly string[]): Buffer {
  for (let i = 0; i < labels.length; i += 2) {
    const label = labelWriter.open(lengthField(1));
    labelWriter.text(lengthField(1), labels[i] ?? "");
    labelWriter.text(lengthField(2), labels[i + 1] ?? "");
    labelWriter.close(label);
  }
  return labelWriter.take();
}

/** A body of version 2: every text stands in it once. */
export function writeRequest2(all: readonly Samples[]): Buffer {
  const symbols = new Map<string, number>();
  const refOf = (text: string): number => {
    const known = symbols.get(text);
    if (known !== undefined) return known;
    writer.text(lengthField(4), text);
    symbols.set(text, symbols.size);
    return symbols.size - 1;
  };
  refOf("");
  const refs = all.map(({ series }) => series.labels.map(refOf));
  for (const [index, samples] of all.entries()) {
    const opened = writer.open(lengthField(5));
    const packed = writer.open(lengthField(1));
    for (const ref of refs[index] ?? []) writer.packed(ref);
    writer.close(packed);
    writeSamples(samples);
    writer.close(opened);
  }
  return writer.take();
}

function writeSamples({ times, values }: Samples): void {
  for (let i = 0; i < times.length; i++) {
    const value = values[i] ?? null;
    const opened = writer.open(SAMPLES);
    if (value === null) writer.fixed64(VALUE, STALE);
    else writer.double(VALUE, value);
    writer.varint(TIMESTAMP, times[i] ?? 0);
    writer.close(opened);
  }
}
