import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpStub } from "../sinks/http-stub.ts";
import { smtpServer } from "../sinks/smtp-server.ts";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";

const PIPELINES = 8;
const EVENTS = 40;

/** Of how many events a message tells: ten at most are shown. */
function eventsIn(body: string): number {
  const { embeds, content = "" } = JSON.parse(body);
  return embeds.length + Number(/\n… (\d+) more$/.exec(content)?.[1] ?? 0);
}

for (const workers of [0, 1, 2, 8])
  test(`rate and digest hold for the process, and merge instead of dropping, with ${workers} workers`, async (t) => {
    const chat = await new HttpStub().open();
    const mail = await smtpServer();
    t.after(() => Promise.all([chat.close(), mail.close()]));
    const times: number[] = [];
    chat.answer = (response) => {
      times.push(performance.now());
      response.end('{"id":"1"}');
    };
    // As many pipelines as workers: each of these has some.
    const routes = Array.from({ length: PIPELINES }, (_, n) => [
      `p${n}.ts`,
      `import { discord, email, filter, pipeline } from "fast-ts";
pipeline("p${n}", [
  filter((e) => e.host === "h${n}"),
  discord("${chat.url}/x", { rate: { n: 3, seconds: 2 } }),
  email("ops@example.com", { smtp: "${mail.url}", digest: { seconds: 3600 }, body: (e) => "<" + e.service + ">" }),
]);`,
    ]);
    const daemon = await DaemonProcess.start(t, Object.fromEntries(routes), ["--workers", `${workers}`]);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    for (let n = 0; n < EVENTS; n++)
      await client.send({ host: `h${n % PIPELINES}`, service: `s${n}`, state: "critical" });
    await daemon.until(
      "all to be told",
      () => chat.received.reduce((sum, { body }) => sum + eventsIn(body), 0) === EVENTS,
    );
    // Delays make the time longer, and so the bound: nothing here depends on how fast the machine is.
    const spans = Math.ceil((Math.max(...times) - Math.min(...times)) / 2000) + 1;
    assert.ok(times.length <= 3 * spans, `${times.length} messages in ${spans} spans`);
    await daemon.until("the mail to have all", async () => {
      const { targets } = JSON.parse((await daemon.page("/api/targets")).text);
      return targets.some(
        ({ target, pending }: { target: string; pending: number }) => target.startsWith("email") && pending === EVENTS,
      );
    });
    assert.equal(mail.mails.length, 0);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.equal(mail.mails.length, 1);
    assert.equal(new Set(mail.mails[0]?.text.match(/<s\d+>/g)).size, EVENTS);
  });
