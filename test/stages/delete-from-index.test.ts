import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventFields, event } from "../../src/core/event.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { deleteFromIndex, filter, index } from "../../src/stages/index.ts";
import { joined } from "../engine/joined.ts";

/** What is left after these: what has the state `gone` deletes. */
function left(key: Parameters<typeof deleteFromIndex>[0], ...steps: readonly EventFields[]) {
  const keeping = pipeline("keep", [filter((e) => e.state !== "gone"), index()]);
  const deleting = pipeline("delete", [filter((e) => e.state === "gone"), deleteFromIndex(key)]);
  const { router, thread, out } = joined([keeping, deleting]);
  router.offer(
    steps.map((fields) => event({ time: 0, ...fields })),
    0,
  );
  assert.equal(out("delete").length, steps.filter(({ state }) => state === "gone").length, "passes on");
  return thread.index.search().map(({ host, service }) => `${host} ${service}`);
}

const all = ["a x", "a y", "b x"].map((name) => {
  const [host = "", service = ""] = name.split(" ");
  return { host, service, metric: host === "a" ? 1 : 2 };
});

test("takes out the event of the same host and service", () => {
  assert.deepEqual(left(undefined, ...all, { host: "a", service: "x", state: "gone" }), ["a y", "b x"]);
  assert.deepEqual(left(["service", "host"], ...all, { host: "a", service: "x", state: "gone" }), ["a y", "b x"]);
  assert.deepEqual(left(undefined, ...all, { host: "a", service: "z", state: "gone" }), ["a x", "a y", "b x"]);
});

test("or all that are equal in what it is told", () => {
  assert.deepEqual(left("host", ...all, { host: "a", state: "gone" }), ["b x"]);
  assert.deepEqual(left(["service"], ...all, { service: "x", state: "gone" }), ["a y"]);
  assert.deepEqual(
    left((e) => (e.metric ?? 0) > 1, ...all, { metric: 9, state: "gone" }),
    ["a x", "a y"],
  );
  assert.deepEqual(left("attributes.zone", ...all, { host: "c", state: "gone" }), [], "none has a zone");
});

test("refuses what is no key", () => {
  assert.throws(() => deleteFromIndex("hots" as "host"), {
    code: "FTS_STAGE_OPTION",
    message: /^deleteFromIndex\(key\): must be one of host/,
  });
});
