import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventFields, event } from "../../src/core/event.ts";
import { EventIndex } from "../../src/kit/event-index.ts";
import type { Answer, Form } from "../../src/runtime/report.ts";
import { Search } from "../../src/runtime/search.ts";
import { decodeMsg } from "../../src/wire/codec.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { frameLength, HEADER } from "../../src/wire/frames.ts";

function searching(...all: readonly EventFields[]) {
  const index = new EventIndex();
  for (const fields of all) index.put(event({ time: 0, ...fields }), 100_000);
  const search = new Search(index);
  return { index, search, ask: (query: string, form: Form = "frame") => search.answer(query, form) };
}

function bytesOf(answer: Answer): Buffer {
  assert.ok(answer.kind === "found", "error" in answer ? answer.error : "");
  return Buffer.from(answer.bytes);
}

/** What a client reads. */
function read(answer: Answer) {
  const frame = bytesOf(answer);
  assert.equal(frameLength(frame, 0), frame.length - HEADER);
  return decodeMsg(frame.subarray(HEADER));
}

test("what matches is one message that any client reads, with every field as it was", async () => {
  const full = { host: "a", service: "s", state: "ok", description: "é", metric: 0.1, time: 5.25, ttl: 30 };
  const { ask } = searching({ ...full, tags: ["t", "u"], attributes: { zone: "z" } }, { host: "b", metric: 2 });
  const { ok, events } = read(await ask('host = "a"'));
  assert.equal(ok, true);
  assert.deepEqual(events?.length, 1);
  const into: unknown[] = [];
  const frame = bytesOf(await ask('host = "a"'));
  new Decoder().decode(frame, HEADER, frame.length, 99, into as never[]);
  assert.deepEqual(JSON.parse(JSON.stringify(into)), [{ ...full, tags: ["t", "u"], attributes: { zone: "z" } }]);
});

test("nothing found is an answer as well", async () => {
  const { ask } = searching({ host: "a" });
  assert.deepEqual(read(await ask('host = "b"')), { ok: true });
  assert.equal(String(bytesOf(await ask('host = "b"', "lines"))), "");
});

test("as lines it is JSON, a line each", async () => {
  const { ask } = searching({ host: "a", metric: 1 }, { host: "b\nc", metric: Number.NaN });
  const lines = String(bytesOf(await ask("true", "lines"))).split("\n");
  assert.deepEqual(
    lines.slice(0, -1).map((line) => [JSON.parse(line).host, JSON.parse(line).metric]),
    [
      ["a", 1],
      ["b\nc", "NaN"],
    ],
  );
});

test("much is written in several turns, and is still one answer: what was found when it was asked for", async () => {
  const { ask, index } = searching(...Array.from({ length: 2345 }, (_, n) => ({ host: String(n), metric: n })));
  const asked = [ask("metric >= 0"), ask("true", "lines")] as const;
  index.clear();
  const [frame, lines] = await Promise.all(asked);
  assert.deepEqual(
    read(frame).events?.map(({ host }) => host),
    Array.from({ length: 2345 }, (_, n) => String(n)),
  );
  assert.equal(String(bytesOf(lines)).split("\n").length, 2346);
});

test("long answers are written one after the other, short ones beside them", async () => {
  const { ask } = searching(...Array.from({ length: 2000 }, (_, metric) => ({ host: String(metric), metric })));
  const order: string[] = [];
  const queries = ["true", "metric < 200", "metric < 100"];
  await Promise.all(queries.map((query) => ask(query).then(() => order.push(query))));
  assert.deepEqual(order, ["metric < 100", "true", "metric < 200"]);
});

test("host and service are looked up, nil included", async () => {
  const { ask } = searching({ host: "a", service: "s", metric: 1 }, { host: "a", metric: 2 });
  const metrics = async (query: string) => read(await ask(query)).events?.map(({ metric_sint64 }) => metric_sint64);
  assert.deepEqual(await metrics('service = "s" and host = "a"'), ["1"]);
  assert.deepEqual(await metrics('host = "a" and service = nil'), ["2"]);
  assert.equal(await metrics('host = "b" and service = nil'), undefined);
});

test("a wrong query is told where", async () => {
  const { ask } = searching();
  const answer = await ask("state = ");
  assert.ok(answer.kind === "wrong" && answer.error.length > 0);
});

test("a search that takes too long is given up", async () => {
  const { index } = searching();
  for (let n = 0; n < 64; n++) index.put(event({ service: String(n), description: "ab".repeat(4000), time: 0 }), 100);
  const answer = await new Search(index, 0).answer('description ~= "(a|b)*(a|b)*(a|b)*c"', "frame");
  assert.deepEqual(answer, { kind: "failed", error: "the query takes longer than 0 s: ask for fewer patterns" });
});

test("a long answer that is not written in time is given up", async () => {
  const { index } = searching(...Array.from({ length: 101 }, (_, n) => ({ host: String(n) })));
  const answer = await new Search(index, 0).answer("true", "lines");
  assert.deepEqual(answer, {
    kind: "failed",
    error: "the answer to the query takes longer than 0 s: ask for fewer events",
  });
});

test("an answer that is too long is not given", async () => {
  const description = "x".repeat(16 * 1024 * 1024);
  const { ask } = searching(...Array.from({ length: 4 }, (_, n) => ({ host: String(n), description })));
  const error = "the answer to the query is longer than 67108864 bytes: ask for fewer events";
  assert.deepEqual(await ask("true"), { kind: "failed", error });
  assert.equal(bytesOf(await ask('host = "1" or host = "2"', "lines")).length > 32 * 1024 * 1024, true);
});

test("an event that cannot be written is told of, and not of the others' making", async () => {
  const { ask, index } = searching({ host: "a" });
  index.put(event({ host: "b", time: 0, tags: { length: 1 } as never }), 10);
  const answer = await ask("true");
  assert.match(answer.kind === "failed" ? answer.error : "", /^an event of the index cannot be written: /);
  assert.equal(read(await ask('host = "a"')).events?.length, 1);
});
