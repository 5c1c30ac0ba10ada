import assert from "node:assert/strict";
import { copyFileSync, readFileSync, utimesSync } from "node:fs";
import { test } from "node:test";
import { type EmailOptions, email } from "../../src/sinks/email.ts";
import { tlsFiles } from "../e2e/tls-files.ts";
import { Outside } from "./outside.ts";
import { smtpServer } from "./smtp-server.ts";

const to = (smtp: string, name: string, tls: EmailOptions): Outside =>
  new Outside([email("ops@example.com", { smtp, name, ...tls })], "email#0");

for (const secure of [true, false])
  test(`${secure ? "smtps:" : "STARTTLS"}: the files tell whom we trust and who we are, as they are now`, async (t) => {
    const file = tlsFiles(t);
    const read = (name: string): Buffer => readFileSync(file(name));
    const server = await smtpServer({
      ...{ secure, disabledCommands: [], cert: read("server.pem"), key: read("server.key") },
      ...{ ca: read("ca.pem"), requestCert: true, rejectUnauthorized: true },
    });
    const url = secure ? server.url.replace("smtp:", "smtps:") : server.url;
    const client = { cert: file("client.pem"), key: file("client.key") };
    const ca = file("stranger.pem");
    const sinks = {
      "a stranger's authority": to(url, "stranger", { ...client, ca }),
      "no certificate": to(url, "nobody", { ca: file("ca.pem") }),
      "another name": to(url, "other", { ...client, ca: file("ca.pem"), servername: "mail.example.com" }),
      "no such file": to(url, "none", { ca: file("none.pem") }),
      well: to(url, "well", { ...client, ca: file("ca.pem"), servername: "localhost" }),
    };
    t.after(async () => {
      for (const sink of Object.values(sinks)) sink.close();
      await server.close();
    });
    for (const [service, sink] of Object.entries(sinks)) sink.offer({ service });
    await sinks.well.settled();
    for (const [name, why] of [
      ["a stranger's authority", /self.signed|unable to (get|verify)/],
      ["no certificate", /certificate|handshake|closed|socket/i],
      ["another name", /does not match/],
      ["no such file", /ENOENT.*none\.pem/],
    ] as const)
      await sinks[name].until(({ pending }) => pending === 1 && why.test(JSON.stringify(sinks[name].live.log)));
    assert.equal(server.mails.length, 1);

    copyFileSync(file("ca.pem"), ca);
    utimesSync(ca, 1, 1);
    await sinks["a stranger's authority"].settled();
    assert.equal(server.mails.length, 2);
  });

test("with files for TLS a server that offers none gets no mail", async (t) => {
  const server = await smtpServer();
  const sink = to(server.url, "plain", { ca: tlsFiles(t)("ca.pem") });
  t.after(async () => {
    sink.close();
    await server.close();
  });
  sink.offer({ service: "a" });
  await sink.until(({ pending }) => pending === 1 && /STARTTLS|TLS/.test(JSON.stringify(sink.live.log)));
  assert.equal(server.mails.length, 0);
});
