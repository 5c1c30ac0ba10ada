import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import { pipeline } from "../../src/core/pipeline.ts";
import { checkOwnPorts } from "../../src/routes/check-own-ports.ts";
import { toDryRun } from "../../src/routes/dry-run-report.ts";
import { forward } from "../../src/sinks/forward.ts";
import { by } from "../../src/stages/by.ts";

const PLACE = { file: "/routes/a.ts", line: 3, column: 1, source: null };

/** The messages about a pipeline that forwards to `to`, of a router that listens on `host`. */
function told(to: string | readonly string[], host = "127.0.0.1"): readonly string[] {
  const stages = [by("host", [forward(to, { mode: "all" })])] as const;
  const own = [
    { transport: "tcp", host, port: 5555 },
    { transport: "udp", host, port: 5555 },
  ];
  const declared = toDryRun({ pipeline: pipeline("p", stages), place: PLACE }, PLACE.file);
  return checkOwnPorts([declared], own, "error").map(({ message }) => message);
}

test("to forward to the router's own port is refused, with the way out", () => {
  assert.deepEqual(told("localhost:5555"), [
    'pipeline "p": forward sends to localhost:5555, which is this router\'s own port: its events would come back; ' +
      "name another router, or use publish and subscribe",
  ]);
});

for (const [to, host, isOwn] of [
  ["127.0.0.1", "127.0.0.1", true],
  ["udp://127.0.0.1", "127.0.0.1", true],
  ["tls://127.0.0.1:5555", "127.0.0.1", false],
  ["127.0.0.1:5556", "127.0.0.1", false],
  ["[::1]:5555", "::", true],
  [`${hostname()}:5555`, "0.0.0.0", true],
  [`${hostname()}:5555`, "127.0.0.1", false],
  ["127.0.0.1:5555", "192.0.2.1", false],
  ["192.0.2.1:5555", "192.0.2.1", true],
  ["other.example.com:5555", "0.0.0.0", false],
] as const)
  test(`${to} is ${isOwn ? "" : "not "}the own port of a router on ${host}`, () => {
    assert.equal(told(to, host).length, isOwn ? 1 : 0);
  });

test("one of several servers is enough", () => {
  assert.equal(told(["a.example.com", "localhost"]).length, 1);
});
