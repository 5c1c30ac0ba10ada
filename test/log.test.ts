import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../src/log.ts";
import type { Done } from "../src/text/fd-writer.ts";

/** Where the log goes, in a test: nothing is written until it is read. */
function paper() {
  const writes: { text: string; done: Done }[] = [];
  return { writes, write: (text: string, done: Done) => void writes.push({ text, done }) };
}

test("a JSON line has level, time, message and fields", () => {
  const { writes, write } = paper();
  const log = createLog({ level: "info", format: "json", write });
  log.warn("pipeline stalled", { pipeline: "p", inbox: 3 });
  const { time, ...line } = JSON.parse(writes[0]?.text ?? "");
  assert.deepEqual(line, { level: "warn", msg: "pipeline stalled", pipeline: "p", inbox: 3 });
  assert.ok(Date.parse(time) > 0);
});

test("an error among the fields is shown with its stack", () => {
  const { writes, write } = paper();
  createLog({ level: "info", format: "json", write }).error("failed", { error: new Error("why") });
  assert.match(JSON.parse(writes[0]?.text ?? "").error, /^Error: why\n {4}at /);
});

test("lines below the level are left out", () => {
  const { writes, write } = paper();
  const log = createLog({ level: "warn", format: "json", write });
  log.info("no");
  log.debug("no");
  assert.equal(writes.length, 0);
});

test("a pretty line has its fields beside the message, and texts of several lines below", () => {
  const { writes, write } = paper();
  const log = createLog({ level: "info", format: "pretty", write });
  log.info("listening", {
    address: "127.0.0.1:5555",
    pipelines: ["a", "b c"],
    at: "x y",
    error: "Error: why\n    at f",
  });
  assert.match(
    writes[0]?.text ?? "",
    /^\d\d:\d\d:\d\d\.\d{3} info listening address=127.0.0.1:5555 pipelines=\["a","b c"\] at="x y"\n {4}Error: why\n {8}at f\n$/,
  );
});

test("a pretty line cannot steer the terminal", () => {
  const { writes, write } = paper();
  createLog({ level: "info", format: "pretty", write }).info("x", { a: "\x1b[2J", b: "two\n\x1b]0;title\x07" });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.doesNotMatch(writes[0]?.text ?? "", /[\x00-\x09\x0b-\x1f]/);
});

test("a reader that is stuck costs lines, which are counted when there is one again", async () => {
  const { writes, write } = paper();
  const log = createLog({ level: "info", format: "json", write });
  for (let i = 0; i < 2000; i++) log.info("x".repeat(1000));
  assert.equal(writes.length, 1);
  writes[0]?.done();
  writes[1]?.done();
  const lines = writes.flatMap(({ text }) => text.trim().split("\n"));
  const last = JSON.parse(lines.at(-1) ?? "");
  assert.equal(last.msg, "log lines were dropped: nobody read the standard error");
  assert.equal(last.lines + lines.length - 1, 2000);
  writes[2]?.done();
  await log.flush();
});
