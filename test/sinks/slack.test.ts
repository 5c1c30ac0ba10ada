import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { pushover, slack } from "../../src/sinks/index.ts";
import { fixedEventWindow } from "../../src/stages/index.ts";
import { AT, alerted, posted, stub } from "./posted.ts";

// https://api.slack.com/messaging/webhooks and https://api.slack.com/reference/messaging/attachments: a text, and
// attachments with a colour and blocks.

test("an event is a message with a bar in the colour of its state, a title, a link and a text", async () => {
  const url = ({ host }: { readonly host: string | null }) => `https://dash.example.com/${host}?a=1&b=2`;
  const event = alerted("trigger", { description: "of <40 GB> & more", attributes: { unit: "%" } });
  const [request] = await posted([slack(`${stub.url}/services/T/B/x`, { url })], [event]);
  assert.deepEqual([request?.method, request?.path], ["POST", "/services/T/B/x"]);
  assert.equal(request?.headers["content-type"], "application/json");
  assert.equal(
    request?.body,
    '{"text":"critical: db1 disk /var","attachments":[{"color":"#d32f2f","blocks":[{"type":"section","text":' +
      '{"type":"mrkdwn","text":"*<https://dash.example.com/db1?a=1&amp;b=2|critical: db1 disk /var>*\\n' +
      '0.95 %\\nsince 2025-11-29 21:50:00 UTC, 10 min\\nof &lt;40 GB&gt; &amp; more"}}]}]}',
  );
});

test("an alert that is over is green, one that nothing is known of grey", async () => {
  const over = await posted([slack(stub.url)], [alerted("resolve", { state: "ok", metric: 0.4 })]);
  assert.match(
    over[0]?.body ?? "",
    /"text":"resolved: db1 disk \/var".*"#2e7d32".*\\n0.4\\nbegan 2025-11-29 21:50:00 UTC/,
  );
  const gone = await posted([slack(stub.url)], [alerted("resolve", { state: "expired", metric: null })]);
  assert.match(gone[0]?.body ?? "", /"text":"no data: db1 disk \/var".*"#9e9e9e"/);
});

test("a list is one message: ten events of it, and how many more", async () => {
  const events = Array.from({ length: 12 }, (_, n) => ({ host: `h${n}`, state: n < 3 ? "warning" : "ok", time: AT }));
  const [request] = await posted([fixedEventWindow(12), slack(stub.url)], events);
  const { text, attachments } = JSON.parse(request?.body ?? "");
  assert.deepEqual([text, attachments.length], ["12 events: 3 warning, 9 ok: h0, h1, h2 … 9 more", 11]);
  assert.deepEqual(attachments[10].blocks[0].text, { type: "mrkdwn", text: "… 2 more" });
});

test("a text is cut where Slack would refuse it, whatever it becomes when it is escaped", async () => {
  const [request] = await posted([slack(stub.url, { body: () => "<".repeat(4000) })], [{ host: "a", time: AT }]);
  const { text } = JSON.parse(request?.body ?? "").attachments[0].blocks[0].text;
  assert.ok(text.length > 2990 && text.length <= 3000, `${text.length}`);
  assert.match(text, /^\*event: a\*\n(&lt;)+…$/);
});

test("a payload has further fields of the request, or others in place of ours; of merged ones the last counts", async () => {
  const payload = (events: readonly Event[]) => ({ channel: `#${events.at(-1)?.state}`, text: `${events.length}` });
  const options = { payload, digest: { seconds: 1 } };
  const sent = await posted(
    [slack(stub.url, options)],
    [
      { service: "a", state: "warning" },
      { service: "b", state: "critical" },
    ],
  );
  assert.equal(sent.length, 1);
  const { channel, text, attachments } = JSON.parse(sent[0]?.body ?? "");
  assert.deepEqual([channel, text, attachments.length], ["#critical", "1", 2]);
  const [form] = await posted(
    [pushover("u", { token: "t", api: stub.url, payload: () => ({ sound: "siren", title: "mine" }) })],
    [{ service: "a" }],
  );
  const fields = new URLSearchParams(form?.body);
  assert.deepEqual([fields.get("sound"), fields.get("title"), fields.get("user")], ["siren", "mine", "u"]);
});
