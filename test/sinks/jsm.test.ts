import assert from "node:assert/strict";
import { test } from "node:test";
import { jsm } from "../../src/sinks/index.ts";
import { AT, alerted, posted, stub } from "./posted.ts";

// https://docs.opsgenie.com/docs/alert-api, "Create Alert", "Close Alert", "Acknowledge Alert"; the same at
// api.atlassian.com/jsm/ops/integration/v2/alerts. message 130, alias 512, description 15,000.

const api = `${stub.url}/jsm/ops/integration/v2/alerts`;

test("an alert that begins is created, with its key as the alias", async () => {
  const event = alerted("trigger", { tags: ["prod"], attributes: { zone: "eu" } });
  const [request] = await posted([jsm("K", { api, url: () => "https://dash.example.com/" })], [event]);
  assert.deepEqual([request?.method, request?.path], ["POST", "/jsm/ops/integration/v2/alerts"]);
  assert.equal(request?.headers.authorization, "GenieKey K");
  assert.equal(
    request?.body,
    '{"message":"critical: db1 disk /var","alias":"disks/db1/disk /var",' +
      '"description":"0.95\\nsince 2025-11-29 21:50:00 UTC, 10 min\\nhttps://dash.example.com/","tags":["prod"],' +
      '"details":{"zone":"eu","host":"db1","service":"disk /var","metric":"0.95"},"entity":"db1","source":"fast-ts",' +
      '"priority":"P1"}',
  );
});

test("its acknowledgement and its end name it by the alias", async () => {
  const [seen] = await posted([jsm("K", { api })], [alerted("acknowledge", { metric: null })]);
  const path = "/jsm/ops/integration/v2/alerts/disks%2Fdb1%2Fdisk%20%2Fvar";
  assert.equal(seen?.path, `${path}/acknowledge?identifierType=alias`);
  assert.equal(
    seen?.body,
    '{"source":"fast-ts","note":"acknowledged: db1 disk /var\\nsince 2025-11-29 21:50:00 UTC, 10 min"}',
  );
  const [over] = await posted([jsm("K", { api })], [alerted("resolve", { state: "ok", metric: null })]);
  assert.equal(over?.path, `${path}/close?identifierType=alias`);
  assert.equal(
    over?.body,
    '{"source":"fast-ts","note":"resolved: db1 disk /var\\nbegan 2025-11-29 21:50:00 UTC, 10 min"}',
  );
});

test("long texts are cut where they would be refused", async () => {
  const options = { api, title: () => "t".repeat(200), body: () => "b".repeat(20_000) };
  const event = { attributes: { "alert key": "k".repeat(600), "alert phase": "trigger" }, time: AT };
  const [request] = await posted([jsm("K", options)], [event]);
  const { message, alias, description } = JSON.parse(request?.body ?? "");
  assert.deepEqual([message.length, alias.length <= 512, description.length], [130, true, 15_000]);
});
