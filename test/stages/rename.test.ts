import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { type Renames, rename } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";
import { fieldsOf } from "../core/fields.ts";

const changed = (names: Renames, from: Parameters<typeof run>[1][number]) => run([rename(names)], [from])[0];

test("moves texts between fields and attributes", () => {
  const out = changed(
    { host: "attributes.node", "attributes.app": "service", "attributes.region": "attributes.zone" },
    { host: "a", service: "old", time: 1, metric: 2, attributes: { app: "b", region: "c", more: "d" } },
  );
  assert.deepEqual(
    { ...fieldsOf(out), attributes: { ...out?.attributes } },
    { ...fieldsOf(event({ service: "b", time: 1, metric: 2 })), attributes: { node: "a", zone: "c", more: "d" } },
  );
});

test("leaves the new place as it is when there is nothing to move", () => {
  const out = changed({ state: "description", "attributes.a": "service" }, { description: "d", service: "s" });
  assert.deepEqual([out?.state, out?.description, out?.service], [null, "d", "s"]);
});

test("moves all at once: two may change places, and three go in a row", () => {
  const swapped = changed({ host: "service", service: "host" }, { host: "a", service: "b" });
  assert.deepEqual([swapped?.host, swapped?.service], ["b", "a"]);
  const half = changed({ host: "service", service: "host" }, { host: "a" });
  assert.deepEqual([half?.host, half?.service], [null, "a"]);
  const row = changed({ host: "service", service: "state" }, { host: "a", service: "b", state: "c" });
  assert.deepEqual([row?.host, row?.service, row?.state], [null, "a", "b"]);
});

test("does nothing to a name that stays", () => {
  assert.equal(changed({ host: "host" }, { host: "a" })?.host, "a");
});

test("refuses names that hold no text, and two for the same place", () => {
  const refuses = (names: unknown, message: string | RegExp) =>
    assert.throws(() => rename(names as Renames), { code: "FTS_STAGE_OPTION", message });
  refuses(
    { metric: "state" },
    'rename(fields): must name one of host, service, state, description or attributes.NAME, got "metric" (a string)',
  );
  refuses({ state: "ttl" }, /^rename\(state\): must name one of .* got "ttl"/);
  refuses({ state: 1 }, /^rename\(state\): must name one of .* got 1$/);
  refuses({ host: "state", service: "state" }, "rename(service): state is already the new name of another");
});
