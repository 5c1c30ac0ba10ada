import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../src/routes/nearest.ts";

test("a slip of the keyboard finds the name that was meant", () => {
  assert.equal(nearest("ratee", ["runs", "rate", "scale"]), "rate");
  assert.equal(nearest("changedstate", ["changed", "changedState"]), "changedState");
  assert.equal(nearest("thottle", ["throttle", "tee"]), "throttle");
});

test("nothing is suggested for a name that is like no other", () => {
  assert.equal(nearest("percentiles", ["rate", "scale"]), null);
  assert.equal(nearest("x", []), null);
});
