import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { createLog } from "../../src/log.ts";
import { shortFields } from "../../src/text/short-fields.ts";
import fc from "../fast-check.ts";
import { anyText } from "../query/any-text.ts";
import { rounds } from "../rounds.ts";

test("short fields stay as they are", () => {
  const fields = { a: "x", n: 1.5, list: [1, "b"], none: null, no: undefined, event: event({ time: 1, service: "s" }) };
  assert.deepEqual(shortFields(fields), fields);
});

test("a long text is cut, with what is left out", () => {
  const { text } = shortFields({ text: "x".repeat(100_000) });
  const [, kept = "", left] = /^(x+)… (\d+) more characters$/.exec(String(text)) ?? [];
  assert.equal(kept.length + Number(left), 100_000);
  assert.ok(kept.length > 3_000);
});

test("whatever the fields, a line has no more than 8 KiB, in JSON and for people", async () => {
  const text = fc.oneof(
    anyText,
    fc.constantFrom("\n", "é", "日", "\0", '"').map((c) => c.repeat(20_000)),
  );
  const value = fc.oneof(
    text,
    fc.array(text, { maxLength: 4 }),
    text.map((message) => new Error(message)),
    text.map((service) => event({ time: 0, service })),
  );
  const lines: string[] = [];
  const write = (line: string, done: () => void): void => {
    lines.push(...line.split(/(?<=^\{.*\}\n)/m));
    done();
  };
  const logs = [
    createLog({ level: "info", format: "json", write }),
    createLog({ level: "info", format: "pretty", write }),
  ];
  await fc.assert(
    fc.asyncProperty(fc.dictionary(text, value, { maxKeys: 8 }), async (fields) => {
      for (const log of logs) {
        lines.length = 0;
        log.warn("something is wrong", fields);
        await log.flush();
        assert.ok(lines.length > 0);
        for (const line of lines) assert.ok(Buffer.byteLength(line) <= 8 * 1024, `${Buffer.byteLength(line)} bytes`);
      }
    }),
    { numRuns: rounds(100) },
  );
});
