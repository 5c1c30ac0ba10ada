import assert from "node:assert/strict";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { Event, EventFields } from "../../src/core/event.ts";
import { FastTsError } from "../../src/errors.ts";
import { type EmailOptions, email } from "../../src/sinks/email.ts";
import { by } from "../../src/stages/by.ts";
import { fixedEventWindow } from "../../src/stages/fixed-event-window.ts";
import { smap } from "../../src/stages/smap.ts";
import { tap } from "../../src/stages/tap.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { isBalanced, type Live, live } from "./live.ts";

interface Server {
  readonly port: number;
  readonly url: string;
  readonly mails: { readonly from: string; readonly to: readonly string[]; readonly text: string }[];
  connections(): number;
  close(): Promise<void>;
}

async function smtpServer(options: SMTPServerOptions = {}, port = 0): Promise<Server> {
  const mails: Server["mails"] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    closeTimeout: 10,
    onConnect(_session, done) {
      connections++;
      done();
    },
    async onData(stream, { envelope }, done) {
      const content = await text(stream);
      const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
      mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text: content });
      done();
    },
    ...options,
  });
  server.on("error", () => {}); // connections that the client cut
  server.listen(port, "127.0.0.1");
  await once(server.server, "listening");
  const address = server.server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const CRITICAL = { host: "web1", service: "http", state: "critical", metric: 7, time: 1_700_000_000 };

/** Waits, event by event of the loop, until `isTrue`. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

function books(run: Live, place = "email#0") {
  const report = run.report(place);
  assert.ok(isBalanced(report));
  return report;
}

test("an event is one mail with what happened in it", async () => {
  const server = await smtpServer();
  const stage = email(["ops@example.com", "Night Shift <night@example.com>"], {
    from: "FastTS <router@example.com>",
    smtp: server.url,
  });
  const run = live([stage], new VirtualClock());
  run.offer({ ...CRITICAL, description: "no answer", tags: ["prod"], attributes: { rack: "4" } });
  await run.stop();
  const [mail] = server.mails;
  assert.equal(mail?.from, "router@example.com");
  assert.deepEqual(mail?.to, ["ops@example.com", "night@example.com"]);
  assert.match(mail?.text ?? "", /^Subject: web1 http critical\r$/m);
  assert.match(mail?.text ?? "", /^Auto-Submitted: auto-generated\r$/m);
  const body = "At 2023-11-14T22:13:20.000Z\r\nweb1 http critical (7)\r\nTags: prod\r\nrack: 4\r\n\r\nno answer\r\n";
  assert.ok(mail?.text.endsWith(body), mail?.text);
  assert.equal(books(run).delivered, 1);
  await server.close();
});

test("subject and text may be functions of the event", async () => {
  const server = await smtpServer();
  const subject = (event: { service: string | null }) => `look at ${event.service}`;
  const run = live(
    [email("ops@example.com", { smtp: server.url, subject, body: () => "see the wiki" })],
    new VirtualClock(),
  );
  run.offer(CRITICAL);
  await run.stop();
  assert.match(server.mails[0]?.text ?? "", /^Subject: look at http\r$/m);
  assert.match(server.mails[0]?.text ?? "", /\r\n\r\nsee the wiki\r\n$/);
  await server.close();
});

/** What `email` mails of these events, gathered to one list. */
async function mailOf(events: readonly EventFields[], options: EmailOptions = {}): Promise<string> {
  const server = await smtpServer();
  const run = live(
    [fixedEventWindow(events.length), email("ops@example.com", { smtp: server.url, ...options })],
    new VirtualClock(),
  );
  run.offer(...events);
  await run.stop();
  const { handled, delivered } = books(run, "email#1");
  assert.deepEqual([handled, delivered, server.mails.length], [1, 1, 1]);
  await server.close();
  return server.mails[0]?.text ?? "";
}

test("a list of events is one mail: how many and where, then each of them", async () => {
  const text = await mailOf([
    { ...CRITICAL, description: "no answer" },
    { ...CRITICAL, host: "web2" },
  ]);
  assert.match(text, /^Subject: 2 events: web1 and web2 http critical\r$/m);
  const second = "At 2023-11-14T22:13:20.000Z\r\nweb2 http critical (7)\r\n";
  assert.ok(text.endsWith(`web1 http critical (7)\r\n\r\nno answer\r\n\r\n\r\n${second}`), text);
});

test("a list of one event is the mail of that event", async () => {
  assert.match(await mailOf([CRITICAL]), /^Subject: web1 http critical\r$/m);
});

test("the subject of a list has few of a kind by name, and many as a number", async () => {
  const events = ["a", "b", "c", "d", "e"].map((host, n) => ({ host, service: `s${n % 3}` }));
  assert.match(await mailOf(events), /^Subject: 5 events: 5 hosts s0, s1, s2\r$/m);
  assert.match(await mailOf([{}, {}]), /^Subject: 2 events\r$/m);
});

test("of a list a subject of one's own gets all events, and a text of one's own is about each", async () => {
  const text = await mailOf([CRITICAL, { ...CRITICAL, host: "web2" }], {
    subject: (event, events) => `${events.length} times ${event.service}`,
    body: (event) => `see ${event.host}`,
  });
  assert.match(text, /^Subject: 2 times http\r$/m);
  assert.ok(text.endsWith("\r\n\r\nsee web1\r\n\r\nsee web2\r\n"), text);
});

test("the mail of a list that is too long says how many events are left out", async () => {
  const text = await mailOf(
    Array.from({ length: 100 }, () => CRITICAL),
    { body: () => "x".repeat(1000) },
  );
  assert.match(text, /\r\n\r\nand 35 more\r\n$/);
});

test("an empty list is no mail, and is passed on", async () => {
  const server = await smtpServer();
  const run = live(
    [smap((): readonly Event[] => []), email("ops@example.com", { smtp: server.url }), tap("after")],
    new VirtualClock(),
  );
  run.offer(CRITICAL);
  await run.stop();
  assert.deepEqual([server.connections(), books(run, "email#1").delivered, run.report("tap#2").handled], [0, 1, 1]);
  await server.close();
});

test("an event cannot add headers to its mail", async () => {
  const server = await smtpServer();
  const run = live([email("ops@example.com", { smtp: server.url })], new VirtualClock());
  run.offer({ ...CRITICAL, service: "x\r\nBcc: all@example.com\r\n\r\nbuy" });
  await run.stop();
  const [head] = server.mails[0]?.text.split("\r\n\r\n") ?? [];
  assert.doesNotMatch(head ?? "", /^Bcc:/im);
  assert.deepEqual(server.mails[0]?.to, ["ops@example.com"]);
  await server.close();
});

test("a mail that the server refuses for good is dropped as refused, and the next one is sent", async () => {
  let isFirst = true;
  const server = await smtpServer({
    onRcptTo(_address, _session, done) {
      const error = isFirst ? Object.assign(new Error("no such user"), { responseCode: 550 }) : null;
      isFirst = false;
      done(error);
    },
  });
  const run = live([email("ops@example.com", { smtp: server.url })], new VirtualClock());
  run.offer(CRITICAL, CRITICAL);
  await run.stop();
  const { dropped, delivered } = books(run);
  assert.deepEqual([dropped.refused, delivered], [1, 1]);
  assert.match(String(run.log[0]?.fields.error), /no such user/);
  await server.close();
});

test("a mail that the server refuses for now is tried again", async () => {
  let tries = 0;
  const server = await smtpServer({
    onMailFrom(_address, _session, done) {
      tries++;
      done(tries === 1 ? Object.assign(new Error("greylisted"), { responseCode: 451 }) : null);
    },
  });
  const clock = new VirtualClock();
  const run = live([email("ops@example.com", { smtp: server.url })], clock);
  run.offer(CRITICAL);
  await until(() => run.log.length === 1);
  clock.advanceTo(1);
  await run.stop();
  assert.deepEqual([tries, books(run).delivered], [2, 1]);
  await server.close();
});

test("mails wait for a server that is down, and the log says once what to do", async () => {
  const before = await smtpServer();
  await before.close();
  const clock = new VirtualClock();
  const url = `smtp://me:secret@127.0.0.1:${before.port}`;
  const run = live([email("ops@example.com", { smtp: url })], clock);
  run.offer(CRITICAL, CRITICAL);
  await until(() => run.log.length === 1 && clock.timers === 1);
  const error = String(run.log[0]?.fields.error);
  assert.match(error, /^smtp:\/\/me@127\.0\.0\.1:\d+: .*ECONNREFUSED.*; set FTS_SMTP_URL/);
  assert.doesNotMatch(error, /secret/);
  assert.equal(books(run).pending, 2);
  const server = await smtpServer(
    { onAuth: (_auth, _session, done) => done(null, { user: "me" }), allowInsecureAuth: true },
    before.port,
  );
  clock.advanceTo(1);
  await run.stop();
  assert.equal(books(run).delivered, 2);
  assert.equal(run.log.length, 1);
  await server.close();
});

test("after five tries a mail is dropped", async () => {
  const before = await smtpServer();
  await before.close();
  const clock = new VirtualClock();
  const run = live([email("ops@example.com", { smtp: before.url })], clock);
  run.offer(CRITICAL);
  for (const pause of [1, 2, 4, 8]) {
    await until(() => clock.timers === 1);
    clock.advanceTo(clock.now() + pause);
  }
  await run.stop();
  assert.equal(books(run).dropped.failed, 1);
});

test("more mails than the capacity are dropped, counted", () => {
  const run = live([email("ops@example.com", { smtp: "smtp://127.0.0.1:1", capacity: 3 })], new VirtualClock());
  for (let i = 0; i < 5; i++) run.offer(CRITICAL);
  assert.deepEqual([books(run).pending, books(run).dropped.overflow], [3, 2]);
  run.abandon();
});

test("the copies of the stage under a by share two connections", async () => {
  const server = await smtpServer();
  const run = live([by("service", [email("ops@example.com", { smtp: server.url })])], new VirtualClock());
  for (let i = 0; i < 20; i++) run.offer({ ...CRITICAL, service: `s${i}` });
  await run.stop();
  assert.equal(server.mails.length, 20);
  assert.ok(server.connections() <= 2);
  assert.equal(books(run, "by#0/email#0").delivered, 20);
  await server.close();
});

test("a stage that gets no event opens no connection", async () => {
  const server = await smtpServer();
  const run = live([email("ops@example.com", { smtp: server.url })], new VirtualClock());
  await run.stop();
  assert.equal(server.connections(), 0);
  await server.close();
});

for (const to of ["", "ops", "a@b, c@d", "a@b\r\nBcc: x@y", "Ops <ops>", [], ["a@b", ""], 5]) {
  test(`${JSON.stringify(to)} is no address`, () => {
    assert.throws(
      () => Reflect.apply(email, null, [to]),
      (error) => error instanceof FastTsError && error.message.startsWith("email(to): must be a mail address"),
    );
  });
}

test("the address that is none is shown, be it one of a list", () => {
  const message = (shown: string): RegExp => new RegExp(`, got ${shown} \\(a string\\)$`);
  assert.throws(() => email("not an address"), { message: message('"not an address"') });
  assert.throws(() => email(["ops@example.com", "ops at home"]), { message: message('"ops at home"') });
});

test("a server URL that is none is refused when the stage is built, without showing it", () => {
  assert.throws(
    () => email("ops@example.com", { smtp: "http://user:secret@mail" }),
    (error) =>
      error instanceof FastTsError && /^email\(smtp\): must be/.test(error.message) && !/secret/.test(error.message),
  );
});

test("a bad FTS_SMTP_URL is named", (context) => {
  const before = process.env.FTS_SMTP_URL;
  process.env.FTS_SMTP_URL = "mail.example.com";
  context.after(() => {
    if (before === undefined) delete process.env.FTS_SMTP_URL;
    else process.env.FTS_SMTP_URL = before;
  });
  assert.throws(() => email("ops@example.com"), /environment variable FTS_SMTP_URL: must be a URL such as smtp:/);
});
