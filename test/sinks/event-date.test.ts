import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventFields } from "../../src/core/event.ts";
import { event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { clickhouse, elasticsearch, otlp } from "../../src/sinks/index.ts";
import { insertion } from "../../src/sinks/postgres-sql.ts";
import { HttpStub } from "./http-stub.ts";
import { Outside } from "./outside.ts";

const EVENTS: readonly EventFields[] = [1, 1e300, 2, -1e300, 3, 1e12].map((time) => ({
  ...{ host: "a", service: `at ${time}`, metric: 1, state: "ok", time },
}));

const SINKS: Readonly<Record<string, (url: string) => AnyStages>> = {
  clickhouse: (url) => [clickhouse(url, { table: "t" })],
  elasticsearch: (url) => [elasticsearch(url, { index: "i" })],
  "otlp metrics": (url) => [otlp(url, { signal: "metrics" })],
  "otlp logs": (url) => [otlp(url, { signal: "logs" })],
};

function bulkAnswer(body: string): string {
  const items = Array.from({ length: body.trimEnd().split("\n").length / 2 }, () => ({ create: { status: 201 } }));
  return JSON.stringify({ errors: false, items });
}

for (const [name, make] of Object.entries(SINKS))
  test(`${name}: an event with a time that cannot be told is refused in our words, others are sent whole`, async (t) => {
    const stub = await new HttpStub().open();
    stub.answer = (response, { body }) => void response.end(name === "elasticsearch" ? bulkAnswer(body) : "");
    const outside = new Outside(make(stub.url), `${name.split(" ")[0]}#0`);
    t.after(async () => {
      outside.close();
      await stub.close();
    });
    outside.offer(...EVENTS);
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [3, 3]);
    assert.match(
      JSON.stringify(outside.live.log),
      /the time of the event, 1e\+300 s, is beyond what the target can be told/,
    );
  });

test("postgres: the same, before it asks the server", () => {
  for (const time of [1e300, -1e300, 1e12])
    assert.throws(() => insertion("t", [event({ time })]), { verdict: "refused", message: /^the time of the event, / });
  assert.deepEqual(insertion("t", [event({ time: -62_135_596_800 })]).values[0], ["0001-01-01T00:00:00.000000Z"]);
});
