import assert from "node:assert/strict";
import { test } from "node:test";
import type { WireMsg } from "../../src/wire/codec.ts";
import { server } from "./fake-server.ts";
import { fastTs } from "./fast-ts.ts";

/** What `fast-ts query` prints of an answer, and what was asked. */
async function asked(answer: WireMsg, ...words: readonly string[]) {
  const { at, messages, close } = await server(answer);
  const result = await fastTs(["query", ...words, at]);
  close();
  return { ...result, messages };
}

test("prints what is found as stdout() prints events, a line each", async () => {
  const events = [
    { host: "a", service: "s", metric_sint64: 5, metric_f: 5, time: 1, time_micros: 1_500_000, tags: ["t"] },
    { host: "b", metric_f: 0.1, time: 2, attributes: [{ key: "zone", value: "eu" }] },
  ];
  const { code, out, err, messages } = await asked({ ok: true, events }, 'host =~ "%"');
  assert.deepEqual([code, err, messages], [0, "", [{ query: { string: 'host =~ "%"' } }]]);
  const none = { description: null, state: null, ttl: null };
  assert.deepEqual(
    out.split("\n").map((line) => line && JSON.parse(line)),
    [
      { ...none, host: "a", service: "s", metric: 5, time: 1.5, tags: ["t"], attributes: {} },
      { ...none, host: "b", service: null, metric: 0.1, time: 2, tags: [], attributes: { zone: "eu" } },
      "",
    ],
  );
});

test("nothing found is nothing printed, and no mistake", async () => {
  const { code, out, err } = await asked({ ok: true }, "true");
  assert.deepEqual([code, out, err], [0, "", ""]);
});

test("a comparison with a bare name is sent as it is, and what it means is said", async () => {
  const { code, out, err, messages } = await asked({ ok: true }, "host = web-a");
  assert.deepEqual([code, out, messages], [0, "", [{ query: { string: "host = web-a" } }]]);
  assert.match(err, /^fast-ts: query: column 8: "web-a" without quotes is the attribute .* write host = "web-a", or /);
  const foreign = await asked({ ok: true }, "host == 'a'");
  assert.deepEqual([foreign.code, foreign.err], [0, ""]);
});

test("an answer of megabytes arrives whole", async () => {
  const events = Array.from({ length: 40_000 }, (_, n) => ({ host: String(n), description: "x".repeat(100), time: n }));
  const { code, out } = await asked({ ok: true, events }, "true");
  assert.deepEqual([code, out.split("\n").length], [0, 40_001]);
});

test("a query that is refused, a server that is none and a wrong address are a line each", async () => {
  const refused = await asked({ ok: false, error: "no index" }, "true");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^fast-ts: 127\.0\.0\.1:\d+ refused: no index: none of its routes has an index\(\)\n$/);
  const nobody = await fastTs(["query", "true", "127.0.0.1:1"]);
  assert.deepEqual([nobody.code, nobody.err.split("\n").length], [1, 2]);
  assert.match(nobody.err, /^fast-ts: cannot reach 127\.0\.0\.1:1: /);
  const wrong = await fastTs(["query", "true", "::1"]);
  assert.deepEqual(
    [wrong.code, wrong.err],
    [2, 'fast-ts: query: the server must be HOST:PORT, an IPv6 address in brackets: [::1]:5555, got "::1"\n'],
  );
  const nothing = await fastTs(["query"]);
  assert.deepEqual(
    [nothing.code, nothing.err],
    [2, "fast-ts: query needs an argument, such as 'state = \"critical\"'; see fast-ts query --help\n"],
  );
});
