import assert from "node:assert/strict";
import { test } from "node:test";
import { readMoment, readSpan } from "../../src/cli/time-span.ts";
import { setEnvironment } from "../environment.ts";

test("a span is a number of seconds, minutes, hours, days or weeks, or several of these", () => {
  const spans = { "90s": 90, "30m": 1800, "2h": 7200, "1d12h": 129_600, "1w": 604_800, "0.5h": 1800 };
  for (const [text, seconds] of Object.entries(spans)) assert.equal(readSpan("--for", text), seconds);
  for (const text of ["2", "h", "2 h", "2x", "-2h", "0s", "2h!", ""])
    assert.throws(() => readSpan("--for", text), { code: "FTS_OPTION", message: /^--for: must be a span such as 30m/ });
});

test("a moment is Unix seconds or a date", () => {
  assert.equal(readMoment("--from", "1764450000.5"), 1764450000.5);
  assert.equal(readMoment("--from", "2026-11-29T22:00:00Z"), Date.UTC(2026, 10, 29, 22) / 1000);
  assert.equal(readMoment("--from", "2026-11-29T22:00+01:00"), Date.UTC(2026, 10, 29, 21) / 1000);
  assert.throws(() => readMoment("--from", "tomorrow"), {
    message: '--from: must be a time such as 2026-11-29T22:00 or Unix seconds, got "tomorrow"',
  });
});

test("a date without a zone is one of this machine, with and without an hour", (t) => {
  setEnvironment(t, { TZ: "America/New_York" });
  for (const text of ["2026-11-29", "2026-11-29T00:00", "2026-11-29 00:00"])
    assert.equal(readMoment("--from", text), Date.UTC(2026, 10, 29, 5) / 1000, text);
});
