import assert from "node:assert/strict";
import { test } from "node:test";
import { telegram } from "../../src/sinks/index.ts";
import { fixedEventWindow } from "../../src/stages/index.ts";
import { AT, alerted, posted, stub } from "./posted.ts";

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
  assert.match(text, /^<b>5 events: 5 event<\/b>\n\n⚪ <b>event: h0<\/b>\n(&amp;)+…\n\n… 4 more$/);
});

test("a chat is a number or a channel", () => {
  for (const chat of ["ops", 1.5, "@a b"])
    assert.throws(() => telegram("t", chat), /telegram\(chat\): must be the number of a chat, or "@channel"/);
});
