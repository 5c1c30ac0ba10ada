import assert from "node:assert/strict";
import { test } from "node:test";
import { ntfy } from "../../src/sinks/index.ts";
import { fixedEventWindow } from "../../src/stages/index.ts";
import { AT, alerted, posted, stub } from "./posted.ts";

// https://docs.ntfy.sh/publish/#publish-as-json and #access-tokens; a message of 4,096 bytes.

test("an event is a message to the topic, published as JSON at the root of the server", async () => {
  const options = { token: "tk_1", url: () => "https://dash.example.com/" };
  const [request] = await posted([ntfy(`${stub.url}/push/my%20topic`, options)], [alerted("trigger")]);
  assert.deepEqual([request?.method, request?.path], ["POST", "/push/"]);
  assert.equal(request?.headers.authorization, "Bearer tk_1");
  assert.equal(
    request?.body,
    '{"topic":"my topic","title":"🔴 critical: db1 disk /var","message":"0.95\\nsince 2025-11-29 21:50:00 UTC, 10 min",' +
      '"priority":4,"click":"https://dash.example.com/"}',
  );
});

test("a list has the loudest priority of its events, and 4,096 bytes", async () => {
  const events = ["ok", "critical", "ok"].map((state) => ({
    host: "ä".repeat(20),
    description: "ä".repeat(900),
    state,
    time: AT,
  }));
  const [request] = await posted([fixedEventWindow(3), ntfy(`${stub.url}/t`)], events);
  const { message, priority, title } = JSON.parse(request?.body ?? "");
  assert.deepEqual([priority, title], [4, "🟢 3 events: 2 ok, 1 critical: ääääääääääääääääääää"]);
  assert.ok(Buffer.byteLength(message) <= 4096);
  assert.match(message, /^🟢 ok: ä+\nä+\n\n🔴 critical: ä+\nä+\n\n… 1 more$/);
  const [loud] = await posted([ntfy(`${stub.url}/t`, { priority: () => 9 })], [{ state: "ok", time: AT }]);
  assert.equal(JSON.parse(loud?.body ?? "").priority, 5);
});
