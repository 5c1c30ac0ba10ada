import assert from "node:assert/strict";
import { test } from "node:test";
import { placePipelines } from "../../src/host/placement.ts";
import type { DryRunPipeline } from "../../src/routes/dry-run.ts";
import { placementsOf, spreadTogether } from "../../src/routes/spread-together.ts";
import { declared, needing } from "../routes/declared.ts";

const at = (name: string, ...edges: DryRunPipeline["edges"]): DryRunPipeline => declared(name, { edges });
const to = (name: string) => ({ kind: "publish", name }) as const;
const from = (name: string) => ({ kind: "subscribe", name }) as const;
const placement = (pipelines: readonly DryRunPipeline[], now: Readonly<Record<string, number>>, workers: number) =>
  Object.fromEntries(
    placePipelines(pipelines, new Map(Object.entries(now)), workers, spreadTogether(pipelines, workers)),
  );

test("pipelines spread over the workers, and stay where they are", () => {
  assert.deepEqual(placement([at("a"), at("b"), at("c")], {}, 2), { a: 0, b: 1, c: 0 });
  assert.deepEqual(placement([at("a"), at("b"), at("c"), at("d")], { c: 1, b: 1 }, 2), { a: 0, b: 1, c: 1, d: 0 });
});

test("what channels join is in one worker, also by way of others", () => {
  const group = [at("a", to("x")), at("b", to("y")), at("c", from("x"), to("z")), at("d", from("y"), to("z"))];
  const spread = placement([...group, at("e"), at("f", from("z"))], {}, 3);
  assert.deepEqual(spread, { a: 0, b: 0, c: 0, d: 0, f: 0, e: 1 });
});

test("all that use the index are in one worker, with what channels join to them", () => {
  const index = { kind: "index", name: "index" } as const;
  const all = [at("a", index), at("b"), at("c", to("index")), at("d", index, to("x")), at("e", from("x"))];
  assert.deepEqual(placement(all, {}, 3), { a: 0, d: 0, e: 0, b: 1, c: 2 });
});

test("sinks that by a queue are in one worker", () => {
  const sink = { kind: "sink", name: "chat", queue: "chat" } as const;
  assert.deepEqual(placement([at("a", sink), at("b"), at("c", { ...sink, name: "other" })], {}, 2), {
    a: 0,
    c: 0,
    b: 1,
  });
});

test("pipelines that a channel newly joins move to where most of them are", () => {
  const now = { a: 0, b: 1, c: 1 };
  const all = [at("a", to("x")), at("b", from("x")), at("c", from("x"))];
  assert.deepEqual(placement(all, now, 2), { a: 1, b: 1, c: 1 });
  assert.deepEqual(placement(all.slice(0, 2), now, 2), { a: 0, b: 0 }, "a tie goes to the first");
  assert.deepEqual(placement([at("a"), at("b"), at("c")], { a: 1, b: 1, c: 1 }, 2), { a: 1, b: 1, c: 1 });
});

test("pipelines that can be spread are in all workers, by their by", () => {
  const by = (by: "host" | "service", one: DryRunPipeline): DryRunPipeline => ({
    ...one,
    needs: needing(by, one.name),
  });
  const index = { kind: "index", name: "index" } as const;
  const all = [by("host", at("a")), by("service", at("b")), at("c"), by("host", at("d", index))];
  assert.deepEqual(placement(all, {}, 2), { a: "host", b: "service", c: 0, d: "host" });
  assert.deepEqual(placement(all, {}, 1), { a: 0, b: 0, c: 0, d: 0 }, "there is nothing to spread over");
  const whole = [...all, by("service", at("e", index))];
  assert.deepEqual(
    placement(whole, {}, 2),
    { a: "host", b: "service", d: 0, e: 0, c: 1 },
    "the index is in one worker",
  );
  const words = Object.fromEntries(placementsOf(spreadTogether(whole)));
  assert.equal(words.a, "all workers, by host: a keeps state for each host");
  assert.equal(words.d, 'one worker: channels or the index join "e", by service, and "d", by host');
  assert.equal(placementsOf(spreadTogether(all, 1)).get("a"), "one worker: there is no other");
});

test("all that feed a target whose bounds cannot be divided among the workers are in one", () => {
  const by = (one: DryRunPipeline): DryRunPipeline => ({ ...one, needs: needing("host", one.name) });
  const target = { id: "webhook x", label: "webhook x", shape: "" };
  const sink = { kind: "sink", name: "webhook", target } as const;
  const all = [by(at("a", sink)), by(at("b")), at("c"), by(at("d", { ...sink, maxWriters: 2 }))];
  assert.deepEqual(placement(all, {}, 2), { a: "host", b: "host", c: 0, d: "host" });
  assert.deepEqual(placement(all, {}, 3), { a: 0, b: "host", c: 1, d: 0 });
  assert.equal(
    placementsOf(spreadTogether(all, 3)).get("a"),
    "one worker: the bounds of webhook x allow 2 of them to send",
  );
});
