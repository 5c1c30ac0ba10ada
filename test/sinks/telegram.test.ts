import assert from "node:assert/strict";
import { test } from "node:test";
import { telegram } from "../../src/sinks/index.ts";
import { fixedEventWindow } from "../../src/stages/index.ts";
import { AT, alerted, posted, postedInTurn, stub } from "./posted.ts";

// https://core.telegram.org/bots/api#sendmessage and #html-style: text of 4,096 characters, three of them escaped.

test("an event is a message of the bot, in HTML, with a circle in the colour of its state", async () => {
  const url = () => 'https://dash.example.com/?a="1"&b';
  const options = { api: stub.url, thread: 7, url };
  const [request] = await posted(
    [telegram("123:abc", -100, options)],
    [alerted("trigger", { description: "<b> & c" })],
  );
  assert.deepEqual([request?.method, request?.path], ["POST", "/bot123:abc/sendMessage"]);
  assert.equal(
    request?.body,
    '{"chat_id":-100,"message_thread_id":7,"text":"🔴 <b><a href=\\"https://dash.example.com/?a=&quot;1&quot;&amp;b\\">' +
      'critical: db1 disk /var</a></b>\\n0.95\\nsince 2025-11-29 21:50:00 UTC, 10 min\\n&lt;b&gt; &amp; c",' +
      '"parse_mode":"HTML","link_preview_options":{"is_disabled":true}}',
  );
});

test("a message has 4,096 characters, whole tags, and says how many events are not in it", async () => {
  const long = { description: "&".repeat(2000), time: AT };
  const events = Array.from({ length: 5 }, (_, n) => ({ host: `h${n}`, ...long }));
  const [request] = await posted([fixedEventWindow(5), telegram("t", "@ops", { api: stub.url })], events);
  const { chat_id: chat, text } = JSON.parse(request?.body ?? "");
  assert.equal(chat, "@ops");
  assert.ok(text.length <= 4096, `${text.length}`);
  assert.match(text, /^<b>5 events: 5 event: h0, h1, h2 … 2 more<\/b>\n\n⚪ <b>event: h0<\/b>\n(&amp;)+…\n\n… 4 more$/);
});

test("a chat is a number or a channel", () => {
  for (const chat of ["ops", 1.5, "@a b"])
    assert.throws(() => telegram("t", chat), /telegram\(chat\): must be the number of a chat, or "@channel"/);
});

// https://core.telegram.org/bots/api#replyparameters: `message_id`, and `allow_sending_without_reply` for one that is deleted.

test("what else is told of an alert answers its message", async () => {
  let id = 40;
  const requests = await postedInTurn(
    telegram("t", -100, { api: stub.url }),
    ["trigger", "repeat", "resolve", "trigger"].map((phase) => alerted(phase)),
    (response) => void response.end(JSON.stringify({ ok: true, result: { message_id: id++ } })),
  );
  const replies = requests.map(({ body }) => JSON.parse(body).reply_parameters);
  const reply = { message_id: 40, allow_sending_without_reply: true };
  assert.deepEqual(replies, [undefined, reply, reply, undefined]);
  assert.equal(
    requests[2]?.body,
    '{"chat_id":-100,"text":"🟢 <b>resolved: db1 disk /var</b>\\n0.95\\nbegan 2025-11-29 21:50:00 UTC, 10 min",' +
      '"parse_mode":"HTML","link_preview_options":{"is_disabled":true},' +
      '"reply_parameters":{"message_id":40,"allow_sending_without_reply":true}}',
  );
});

test("an answer that is refused is a message of its own; a chat that is full is not", async () => {
  let isFirst = true;
  const requests = await postedInTurn(
    telegram("t", 5, { api: stub.url }),
    [alerted("trigger"), alerted("resolve")],
    (response, { body }) => {
      if (isFirst || !body.includes("reply_parameters")) response.end('{"ok":true,"result":{"message_id":1}}');
      else response.writeHead(400).end('{"ok":false,"description":"Bad Request: message to be replied not found"}');
      isFirst = false;
    },
  );
  assert.deepEqual(
    requests.map(({ body }) => body.includes("reply_parameters")),
    [false, true, false],
  );
});
