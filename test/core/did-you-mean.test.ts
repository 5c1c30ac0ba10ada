import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean } from "../../src/core/did-you-mean.ts";

test("a slip of the keyboard finds the name that was meant", () => {
  assert.equal(didYouMean("ratee", ["runs", "rate", "scale"]), "rate");
  assert.equal(didYouMean("changedstate", ["changed", "changedState"]), "changedState");
  assert.equal(didYouMean("thottle", ["throttle", "tee"]), "throttle");
});

test("nothing is suggested for a name that is like no other", () => {
  assert.equal(didYouMean("percentiles", ["rate", "scale"]), null);
  assert.equal(didYouMean("x", []), null);
});
