import assert from "node:assert/strict";
import { test } from "node:test";
import { RefusalLog } from "../../src/ingest/refusal-log.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

function setUp() {
  const clock = new VirtualClock();
  const lines: unknown[] = [];
  const silent = (): void => {};
  const warn = (message: string, fields = {}): void => void lines.push({ message, ...fields });
  return { clock, lines, log: new RefusalLog(clock, { debug: silent, info: silent, warn, error: silent }) };
}

test("tells the first of each kind and door with the peer and the reason, then the number once a minute", () => {
  const { clock, lines, log } = setUp();
  for (let n = 1; n <= 1000; n++) log.tell("tcp", "malformed message", `10.0.0.${n}:1`, `bad ${n}`);
  log.tell("tcp", "message too long", "10.0.0.1:2", "long");
  log.tell("udp", "malformed message", "10.0.0.1:3", "bad");
  assert.deepEqual(lines.splice(0), [
    { message: "malformed message", door: "tcp", peer: "10.0.0.1:1", reason: "bad 1" },
    { message: "message too long", door: "tcp", peer: "10.0.0.1:2", reason: "long" },
    { message: "malformed message", door: "udp", peer: "10.0.0.1:3", reason: "bad" },
  ]);
  clock.advanceTo(60);
  const more = { door: "tcp", more: 999, last_peer: "10.0.0.1000:1", seconds: 60 };
  assert.deepEqual(lines.splice(0), [{ message: "malformed message, many times", ...more }]);
  log.tell("tcp", "malformed message", "10.0.0.2:1", "bad");
  assert.deepEqual(lines, []);
  clock.advanceTo(120);
  assert.deepEqual(lines.splice(0), [
    { message: "malformed message, many times", door: "tcp", more: 1, last_peer: "10.0.0.2:1", seconds: 60 },
  ]);
  clock.advanceTo(180);
  assert.deepEqual([lines, clock.timers], [[], 0]);
  log.tell("tcp", "malformed message", "10.0.0.3:1", "bad again");
  assert.deepEqual(lines, [{ message: "malformed message", door: "tcp", peer: "10.0.0.3:1", reason: "bad again" }]);
});
