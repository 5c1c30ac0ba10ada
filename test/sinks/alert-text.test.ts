import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { alertBody, alertTitle, colorOf, stateWord } from "../../src/sinks/alert-text.ts";
import { AT, alerted } from "./posted.ts";

const of = (phase: string, fields = {}) => event({ time: AT, ...alerted(phase, fields) });

test("a title is state, host and service, as far as they are there", () => {
  assert.equal(alertTitle(of("trigger")), "critical: db1 disk /var");
  assert.equal(alertTitle(of("resolve", { state: "ok" })), "resolved: db1 disk /var");
  assert.equal(alertTitle(of("resolve", { state: "expired" })), "no data: db1 disk /var");
  assert.equal(alertTitle(of("acknowledge", { state: "x" })), "acknowledged: db1 disk /var");
  assert.equal(alertTitle(of("trigger", { state: null })), "alert: db1 disk /var");
  assert.equal(alertTitle(of("resolve", { state: null })), "resolved: db1 disk /var");
  assert.equal(alertTitle(event({ time: 0 })), "event: unknown");
  assert.equal(alertTitle(event({ time: 0, state: "ok", service: "web" })), "ok: web");
  const several = ["a", "b", "a", "c", "d", "e"].map((service) => event({ time: 0, state: "critical", service }));
  const title = (n: number): string => alertTitle(event({ time: 0 }), several.slice(0, n));
  assert.equal(title(2), "2 events: 2 critical: a, b");
  assert.equal(title(6), "6 events: 6 critical: a, b, c … 2 more");
});

test("a text is the value with its unit, since when and how long, and the description", () => {
  assert.equal(alertBody(event({ time: 0 })), "");
  assert.equal(alertBody(event({ time: 0, metric: 0.1 + 0.2, attributes: { unit: "s" } })), "0.3 s");
  const lasted = (seconds: number) => alertBody(of("resolve", { time: AT - 600 + seconds, metric: null }));
  assert.equal(lasted(59), "began 2025-11-29 21:50:00 UTC");
  assert.equal(lasted(3660), "began 2025-11-29 21:50:00 UTC, 1 h 1 min");
  assert.equal(lasted(86_400 * 8 + 7200), "began 2025-11-29 21:50:00 UTC, 8 d 2 h");
  assert.equal(alertBody(of("trigger", { description: "full" })), "0.95\nsince 2025-11-29 21:50:00 UTC, 10 min\nfull");
});

test("states have colours, whatever clients call them", () => {
  assert.deepEqual(["CRITICAL", "Warn", "ok", "constructor", null].map(colorOf), [
    "bad",
    "warn",
    "good",
    "plain",
    "plain",
  ]);
  assert.equal(stateWord(event({ time: 0, state: "" })), "event");
});
