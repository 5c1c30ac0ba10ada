import assert from "node:assert/strict";
import { test } from "node:test";
import { pushover } from "../../src/sinks/index.ts";
import { AT, alerted, posted, stub } from "./posted.ts";

// https://pushover.net/api#messages: a form; title 250, message 1,024 characters; an emergency needs retry and expire.

test("an event is a form with title, text, link and priority", async () => {
  const options = { token: "app", api: `${stub.url}/1/messages.json`, url: () => "https://dash.example.com/" };
  const [request] = await posted([pushover("user", options)], [alerted("trigger")]);
  assert.deepEqual([request?.method, request?.path], ["POST", "/1/messages.json"]);
  assert.equal(request?.headers["content-type"], "application/x-www-form-urlencoded");
  assert.equal(
    request?.body,
    "token=app&user=user&title=%F0%9F%94%B4+critical%3A+db1+disk+%2Fvar&message=0.95%0Asince+2025-11-29+21%3A50%3A00+" +
      "UTC%2C+10+min&priority=0&url=https%3A%2F%2Fdash.example.com%2F",
  );
});

test("an emergency repeats, and long texts are cut", async () => {
  const options = { token: "app", api: stub.url, priority: () => 2, retry: 30, body: () => "x".repeat(2000) };
  const [request] = await posted([pushover("user", options)], [{ host: "a", time: AT }]);
  const form = new URLSearchParams(request?.body);
  assert.deepEqual([form.get("priority"), form.get("retry"), form.get("expire")], ["2", "30", "3600"]);
  assert.equal(form.get("message")?.length, 1024);
});

test("refuses what Pushover would refuse", () => {
  assert.throws(() => pushover("user", { token: "t", retry: 5 }), /pushover\(retry\): must be a number >= 30, got 5/);
  assert.throws(() => pushover("user", { token: "t", expire: 20_000 }), /expire\): must be a number from 1 to 10800/);
  assert.throws(() => Reflect.apply(pushover, null, ["user"]), /pushover\(options\): must be an object/);
});
