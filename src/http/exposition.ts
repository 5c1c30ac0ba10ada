import type { Metric, Sample } from "./metric-table.ts";

// The text format of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/

/** What stands before the samples of a metric. */
export function headOf({ name, help, kind }: Metric): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`;
}

/** A sample. */
export function lineOf({ name, labels }: Metric, sample: Sample): string {
  if (labels.length === 0) return `${name} ${sample[0]}\n`;
  let line = `${name}{${labels[0]}="${escaped(sample[1])}"`;
  for (let at = 1; at < labels.length; at++) line += `,${labels[at]}="${escaped(sample[at + 1])}"`;
  return `${line}} ${sample[0]}\n`;
}

function escaped(value: Sample[number] = ""): string {
  const text = String(value);
  return /[\\"\n]/.test(text) ? text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n") : text;
}
