import assert from "node:assert/strict";
import { test } from "node:test";
import { teams } from "../../src/sinks/index.ts";
import { fixedEventWindow } from "../../src/stages/index.ts";
import { AT, alerted, posted, stub } from "./posted.ts";

// https://learn.microsoft.com/en-us/connectors/teams/ ("When a Teams webhook request is received": attachments) and
// https://adaptivecards.io/explorer, version 1.4: Container, RichTextBlock, TextRun, Action.OpenUrl.

test("an event is an Adaptive Card with a container in the style of its state", async () => {
  const [request] = await posted(
    [teams(`${stub.url}/workflows/w?sig=s`, { url: () => "https://dash.example.com/" })],
    [alerted("trigger", { description: "*full*" })],
  );
  assert.deepEqual([request?.method, request?.path], ["POST", "/workflows/w?sig=s"]);
  const run = (text: string, more = "") =>
    `{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"${text}"${more}}]}`;
  assert.equal(
    request?.body,
    '{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,' +
      '"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4",' +
      `"body":[{"type":"Container","style":"attention","items":[${run("critical: db1 disk /var", ',"weight":"Bolder"')},` +
      `${run("0.95")},${run("since 2025-11-29 21:50:00 UTC, 10 min")},${run("*full*")}],` +
      '"selectAction":{"type":"Action.OpenUrl","url":"https://dash.example.com/"}}]}}]}',
  );
});

test("a card stays below what Teams takes, and says how many events are not in it", async () => {
  const events = Array.from({ length: 10 }, (_, n) => ({ host: `h${n}`, description: "ä".repeat(3000), time: AT }));
  const [request] = await posted([fixedEventWindow(10), teams(stub.url)], events);
  assert.ok((request?.bytes.length ?? 0) <= 24 * 1024, `${request?.bytes.length}`);
  assert.match(request?.body ?? "", /"text":"10 events: 10 event: h0, h1, h2 … 7 more".*"text":"… 7 more"/);
});
