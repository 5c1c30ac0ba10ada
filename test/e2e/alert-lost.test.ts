import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpStub } from "../sinks/http-stub.ts";
import { smtpServer } from "../sinks/smtp-server.ts";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";

for (const workers of [0, 2])
  test(`an alert that a chat refuses is mailed about, once, by another pipeline, with ${workers} workers`, async (t) => {
    const slack = await new HttpStub().open();
    slack.answer = (response) => void response.writeHead(400).end("invalid_payload");
    const mail = await smtpServer();
    t.after(() => Promise.all([slack.close(), mail.close()]));
    const daemon = await DaemonProcess.start(
      t,
      {
        "chat.ts": `import { alert, pipeline, slack } from "fast-ts";
pipeline("disks", [alert([slack("${slack.url}", { rate: { n: 100, seconds: 1 } })])]);`,
        "mail.ts": `import { email, filter, pipeline } from "fast-ts";
pipeline("lost", [filter((e) => e.service?.startsWith("fast-ts alert lost")), email("ops@example.com", { smtp: "${mail.url}" })]);`,
      },
      ["--workers", `${workers}`],
    );
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    for (const host of ["db1", "db2"]) {
      await client.send({ host, service: "disk", state: "critical" });
      await daemon.until(`the one of ${host} to be refused`, () =>
        slack.received.some(({ body }) => body.includes(host)),
      );
    }
    await daemon.until("a mail", () => mail.mails.length > 0);
    // The alert about the lost alert is refused, too, and nothing is said of that: all that comes before this mail is there.
    await daemon.until("it to be refused", () =>
      slack.received.some(({ body }) => body.includes("fast-ts alert lost")),
    );
    await client.send({ host: "end", service: "fast-ts alert lost", state: "critical", description: "the end" });
    await daemon.until("the last mail", () => mail.mails.some(({ text }) => text.includes("the end")));
    const told = mail.mails.filter(({ text }) => !text.includes("the end"));
    assert.equal(told.length, 1, told.map(({ text }) => text).join("\n"));
    const words = told[0]?.text.replaceAll("=\r\n", "") ?? "";
    assert.match(words, /did not take the trigger of alert disks\/db1\/disk: refused: invalid_payload/);
    await daemon.stop();
  });
