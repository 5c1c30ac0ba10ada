import assert from "node:assert/strict";
import { test } from "node:test";
import { tagged, taggedAll } from "../../src/stages/index.ts";

test("is taggedAll by another name", () => {
  assert.equal(tagged, taggedAll);
});
