import assert from "node:assert/strict";
import { test } from "node:test";
import { discord } from "../../src/sinks/index.ts";
import { fixedEventWindow } from "../../src/stages/index.ts";
import { AT, alerted, posted, postedInTurn, stub } from "./posted.ts";

// https://discord.com/developers/docs/resources/webhook#execute-webhook, and #embed-object-embed-limits of
// https://discord.com/developers/docs/resources/message: title 256, description 4,096, 10 embeds, 6,000 together.

test("an event is a message with an embed in the colour of its state, and mentions nobody", async () => {
  const [request] = await posted(
    [discord(`${stub.url}/api/webhooks/1/x`, { url: () => "https://dash.example.com/" })],
    [alerted("update", { state: "warning", description: "@everyone" })],
  );
  assert.deepEqual([request?.method, request?.path], ["POST", "/api/webhooks/1/x?wait=true"]);
  assert.equal(
    request?.body,
    '{"embeds":[{"title":"warning: db1 disk /var","description":"0.95\\nsince 2025-11-29 21:50:00 UTC, 10 min\\n' +
      '@everyone","url":"https://dash.example.com/","color":16361509}],"allowed_mentions":{"parse":[]}}',
  );
});

test("embeds have 6,000 characters together; of the others it is said how many there are", async () => {
  const events = Array.from({ length: 12 }, (_, n) => ({ host: `h${n}`, description: "x".repeat(2500), time: AT }));
  const [request] = await posted(
    [fixedEventWindow(12), discord(stub.url, { digest: { seconds: 1, max: 12 } })],
    events,
  );
  const { content, embeds } = JSON.parse(request?.body ?? "");
  const length = JSON.stringify(embeds).length;
  assert.deepEqual([content, embeds.length], ["12 events: 12 event: h0, h1, h2 … 9 more\n… 10 more", 2]);
  assert.ok(length > 5000 && length < 5300, `${length}`);
});

test("a long text is cut at 4,096 characters", async () => {
  const [request] = await posted([discord(stub.url, { body: () => "x".repeat(5000) })], [{ host: "a", time: AT }]);
  assert.equal(JSON.parse(request?.body ?? "").embeds[0].description.length, 4096);
});

// https://discord.com/developers/docs/resources/webhook#edit-webhook-message: PATCH …/messages/{message.id}; a message that
// is not there answers 404 with the code 10008.

const lines = (requests: Awaited<ReturnType<typeof posted>>) =>
  requests.map(
    ({ method, path, body }) => `${method} ${path} ${JSON.parse(body).embeds.map((e: { title: string }) => e.title)}`,
  );

test("an alert that is over, or looked after, is an edit of its message; what gets worse is another one", async () => {
  let id = 100;
  const requests = await postedInTurn(
    discord(`${stub.url}/api/webhooks/1/x?thread_id=5`),
    ["trigger", "update", "acknowledge", "repeat", "resolve", "trigger"].map((phase) =>
      alerted(phase, { state: phase === "resolve" ? "ok" : "critical" }),
    ),
    (response) => void response.end(JSON.stringify({ id: String(id++) })),
  );
  const [to, edit] = ["/api/webhooks/1/x?thread_id=5&wait=true", "/api/webhooks/1/x/messages"];
  assert.deepEqual(lines(requests), [
    `POST ${to} critical: db1 disk /var`,
    `POST ${to} critical: db1 disk /var`,
    `PATCH ${edit}/101?thread_id=5 acknowledged: db1 disk /var`,
    `POST ${to} critical: db1 disk /var`,
    `PATCH ${edit}/103?thread_id=5 resolved: db1 disk /var`,
    `POST ${to} critical: db1 disk /var`,
  ]);
  assert.equal(
    requests[4]?.body,
    '{"embeds":[{"title":"resolved: db1 disk /var","description":"0.95\\nbegan 2025-11-29 21:50:00 UTC, 10 min",' +
      '"color":3046706}],"allowed_mentions":{"parse":[]}}',
  );
});

test("a message that somebody has deleted is posted anew, and the channel is not taken for gone", async () => {
  const requests = await postedInTurn(
    discord(`${stub.url}/api/webhooks/1/x`),
    [alerted("trigger"), alerted("resolve", { state: "ok" }), alerted("trigger")],
    (response, { method }) => {
      if (method === "PATCH") response.writeHead(404).end('{"message": "Unknown Message", "code": 10008}');
      else response.end('{"id":"7"}');
    },
  );
  assert.deepEqual(
    requests.map(({ method }) => method),
    ["POST", "PATCH", "POST", "POST"],
  );
});

test("an alert in a message about several has no message of its own to edit", async () => {
  const requests = await posted(
    [fixedEventWindow(2), discord(stub.url)],
    [
      alerted("trigger"),
      { ...alerted("trigger"), host: "b" },
      alerted("resolve"),
      { ...alerted("resolve"), host: "b" },
    ],
  );
  assert.deepEqual(
    requests.map(({ method }) => method),
    ["POST", "POST"],
  );
});
