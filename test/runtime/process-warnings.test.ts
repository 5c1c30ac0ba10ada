import assert from "node:assert/strict";
import { test } from "node:test";
import { logWarnings } from "../../src/runtime/process-warnings.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { type LogLine, recordingLog } from "../../src/testing/virtual-thread.ts";

test("warnings that differ in their numbers alone are one line a minute, with how many there were", (t) => {
  const before = process.listeners("warning");
  t.after(() => {
    process.removeAllListeners("warning");
    for (const listener of before) process.on("warning", listener);
  });
  const [clock, lines]: [VirtualClock, LogLine[]] = [new VirtualClock(0), []];
  logWarnings(recordingLog(lines), clock);
  const warn = (...messages: readonly string[]): void => {
    for (const message of messages) process.emit("warning", new Error(message));
  };
  warn("11 listeners added", "12 listeners added", "something else");
  clock.advanceTo(60);
  warn("13 listeners added");
  assert.deepEqual(
    lines.map(({ fields }) => [fields.name, fields.warning, fields.more]),
    [
      ["Error", "11 listeners added", undefined],
      ["Error", "something else", undefined],
      ["Error", "13 listeners added", 1],
    ],
  );
});
