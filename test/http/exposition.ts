import assert from "node:assert/strict";
import type { Metrics } from "../../src/http/metrics.ts";
import { PageWriter } from "../../src/http/page-writer.ts";
import { Slices } from "../../src/http/slices.ts";

export interface Family {
  readonly type: string;
  readonly help: string;
  /** By the series as written: `name{label="value"}`. */
  readonly samples: Map<string, number>;
}

const SAMPLE =
  /^(?<name>[a-z_][a-z0-9_]*)(?:\{(?<labels>(?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (?<value>-?[0-9.e+-]+)$/;

/** Reads Prometheus's text format 0.0.4 and fails on whatever is not of it, or against its naming rules. */
export function parseExposition(text: string): Map<string, Family> {
  assert.ok(text.endsWith("\n"));
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, kind, subject = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      assert.ok(!helps.has(subject), `one HELP for ${subject}`);
      helps.set(subject, rest);
    } else if (kind === "TYPE") {
      assert.ok(!families.has(subject), `one TYPE for ${subject}`);
      assert.equal(
        rest === "counter",
        subject.endsWith("_total"),
        `${subject}: counters, and only they, end in _total`,
      );
      families.set(subject, { type: rest, help: helps.get(subject) ?? "", samples: new Map() });
    } else {
      const { name = "", value } = SAMPLE.exec(line)?.groups ?? {};
      const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
      assert.ok(family, `a sample of a family: ${line}`);
      const { type, samples } = family;
      const isPart = !families.has(name) || line.includes("quantile=");
      assert.ok(["summary", "histogram"].includes(type) || !isPart, `no other has quantiles, sum and count: ${line}`);
      assert.equal(name.endsWith("_bucket"), line.includes(",le="), line);
      const series = line.slice(0, line.lastIndexOf(" "));
      assert.ok(!samples.has(series), `one sample for ${series}`);
      samples.set(series, Number(value));
    }
  }
  return families;
}

/** All metrics, as they are exposed now. */
export async function exposed(metrics: Metrics): Promise<string> {
  const page = new PageWriter(new Slices());
  await metrics.write(page);
  return String(page.finish());
}
