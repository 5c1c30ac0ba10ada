import type { BucketCounts } from "../delivery/report.ts";
import type { Metric, Sample } from "./metric-table.ts";
import type { Histogram } from "./target-metrics.ts";

// The text format of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/

/** What stands before the samples of a metric. */
export function headOf({ name, help, kind }: Metric | Histogram): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`;
}

/** A sample. */
export function lineOf({ name, labels }: Metric, sample: Sample): string {
  if (labels.length === 0) return `${name} ${sample[0]}\n`;
  let line = `${name}{${labels[0]}="${escaped(sample[1])}"`;
  for (let at = 1; at < labels.length; at++) line += `,${labels[at]}="${escaped(sample[at + 1])}"`;
  return `${line}} ${sample[0]}\n`;
}

/** The samples of one target: each bucket counts all up to its bound. */
export function bucketLines(name: string, target: string, { bounds, counts, sum }: BucketCounts): string {
  const label = `target="${escaped(target)}"`;
  let lines = "";
  let count = 0;
  for (const [at, some] of counts.entries()) {
    count += some;
    lines += `${name}_bucket{${label},le="${bounds[at] ?? "+Inf"}"} ${count}\n`;
  }
  return `${lines}${name}_sum{${label}} ${sum}\n${name}_count{${label}} ${count}\n`;
}

function escaped(value: Sample[number] = ""): string {
  const text = String(value);
  return /[\\"\n]/.test(text) ? text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n") : text;
}
