import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import type { Event, EventFields } from "../../src/core/event.ts";
import { FastTsError } from "../../src/errors.ts";
import { type EmailOptions, email } from "../../src/sinks/email.ts";
import { by } from "../../src/stages/by.ts";
import { fixedEventWindow } from "../../src/stages/fixed-event-window.ts";
import { smap } from "../../src/stages/smap.ts";
import { tap } from "../../src/stages/tap.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { setEnvironment } from "../environment.ts";
import { until } from "../until.ts";
import { isBalanced, type Live, live } from "./live.ts";
import { smtpServer } from "./smtp-server.ts";

const CRITICAL = { host: "web1", service: "http", state: "critical", metric: 7, time: 1_700_000_000 };

/** The text part of a mail. */
function textOf(mail = ""): string {
  const boundary = /boundary="([^"]+)"/.exec(mail)?.[1] ?? "";
  const part = mail.split(`\r\n--${boundary}`).find((one) => one.includes("text/plain"));
  assert.ok(part !== undefined, mail);
  return part;
}

/** Lets the pipeline and the mail server finish. */
async function finish(run: Live): Promise<void> {
  await run.stop();
  await run.targets.finish();
  run.targets.close();
}

function books(run: Live, place = "email#0") {
  const report = run.report(place);
  assert.ok(isBalanced(report));
  return report;
}

test("a mail about an alert says its state first, since when, and nothing of how alerts are told apart", async () => {
  const server = await smtpServer();
  const run = live([email("ops@example.com", { smtp: server.url })], new VirtualClock());
  const since = String(CRITICAL.time - 600);
  const attributes = { zone: "a", unit: "%", "alert phase": "resolve", "alert key": "k", "alert since": since };
  run.offer({ ...CRITICAL, state: "ok", description: "fine", attributes });
  await finish(run);
  const [mail] = server.mails;
  assert.match(mail?.text ?? "", /^Subject: resolved: web1 http\r$/m);
  const body =
    "At 2023-11-14T22:13:20.000Z\r\nresolved: web1 http\r\n7 %\r\nbegan 2023-11-14 22:03:20 UTC, 10 min\r\n" +
    "zone: a\r\nunit: %\r\n\r\nfine\r\n";
  assert.ok(textOf(mail?.text).endsWith(body), mail?.text);
  assert.match(mail?.text ?? "", /4px solid #2e7d32/);
  await server.close();
});

test("an event is one mail with what happened in it", async () => {
  const server = await smtpServer();
  const stage = email(["ops@example.com", "Night Shift <night@example.com>"], {
    from: "FastTS <router@example.com>",
    smtp: server.url,
  });
  const run = live([stage], new VirtualClock());
  run.offer({ ...CRITICAL, description: "no answer", tags: ["prod"], attributes: { rack: "4" } });
  await finish(run);
  const [mail] = server.mails;
  assert.equal(mail?.from, "router@example.com");
  assert.deepEqual(mail?.to, ["ops@example.com", "night@example.com"]);
  assert.match(mail?.text ?? "", /^Subject: web1 http critical\r$/m);
  assert.match(mail?.text ?? "", /^Auto-Submitted: auto-generated\r$/m);
  const body = "At 2023-11-14T22:13:20.000Z\r\nweb1 http critical (7)\r\nTags: prod\r\nrack: 4\r\n\r\nno answer\r\n";
  assert.ok(textOf(mail?.text).endsWith(body), mail?.text);
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
  await finish(run);
  assert.match(server.mails[0]?.text ?? "", /^Subject: look at http\r$/m);
  assert.match(textOf(server.mails[0]?.text), /\r\n\r\nsee the wiki$/);
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
  await finish(run);
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
  assert.ok(textOf(text).endsWith(`web1 http critical (7)\r\n\r\nno answer\r\n\r\n\r\n${second}`), text);
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
  assert.ok(textOf(text).endsWith("\r\n\r\nsee web1\r\n\r\nsee web2"), text);
});

test("the mail of a list that is too long says how many events are left out", async () => {
  const text = await mailOf(
    Array.from({ length: 100 }, () => CRITICAL),
    { body: () => "x".repeat(1000) },
  );
  assert.match(textOf(text).replaceAll("=\r\n", ""), /x{1000}\r\n\r\n=E2=80=A6 35 more$/);
});

test("an empty list is no mail, and is passed on", async () => {
  const server = await smtpServer();
  const run = live(
    [smap((): readonly Event[] => []), email("ops@example.com", { smtp: server.url }), tap("after")],
    new VirtualClock(),
  );
  run.offer(CRITICAL);
  await finish(run);
  assert.deepEqual([server.connections(), books(run, "email#1").delivered, run.report("tap#2").handled], [0, 1, 1]);
  await server.close();
});

test("an event cannot add headers to its mail", async () => {
  const server = await smtpServer();
  const run = live([email("ops@example.com", { smtp: server.url })], new VirtualClock());
  run.offer({ ...CRITICAL, service: "x\r\nBcc: all@example.com\r\n\r\nbuy" });
  await finish(run);
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
  await finish(run);
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
  await until("a log line", () => run.log.length === 1);
  clock.advanceTo(1);
  await finish(run);
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
  await until("a log line", () => run.log.length === 1);
  const error = String(run.log[0]?.fields.error);
  assert.match(error, /^smtp:\/\/me@127\.0\.0\.1:\d+: .*ECONNREFUSED.*; set FTS_SMTP_URL/);
  assert.doesNotMatch(error, /secret/);
  assert.equal(books(run).pending, 2);
  const server = await smtpServer(
    { onAuth: (_auth, _session, done) => done(null, { user: "me" }), allowInsecureAuth: true },
    before.port,
  );
  clock.advanceTo(1);
  await finish(run);
  assert.equal(books(run).delivered, 2);
  assert.equal(run.log.filter(({ level }) => level === "warn").length, 1);
  await server.close();
});

test("a mail that could not be delivered is given up after retryFor", async () => {
  const before = await smtpServer();
  await before.close();
  const clock = new VirtualClock();
  const run = live([email("ops@example.com", { smtp: before.url, retryFor: 600 })], clock);
  run.offer(CRITICAL);
  while (books(run).pending > 0) {
    assert.ok(clock.now() < 700, "it is given up in time");
    await until("the next try to be waited for", () => clock.timers > 0);
    clock.advanceTo(clock.now() + 4);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(clock.now() >= 600, `not before: ${clock.now()}`);
  assert.equal(books(run).dropped.failed, 1);
  run.targets.close();
});

test("when more mails wait than may, the oldest go, counted; the option's old name works and is warned of", () => {
  for (const options of [{ maxEvents: 3 }, { capacity: 3 }] satisfies EmailOptions[]) {
    const stage = email("ops@example.com", { smtp: "smtp://127.0.0.1:1", ...options });
    const run = live([stage], new VirtualClock());
    for (let i = 0; i < 5; i++) run.offer(CRITICAL);
    assert.deepEqual([books(run).pending, books(run).dropped.overflow], [3, 2]);
    assert.deepEqual(
      stage.warnings,
      "capacity" in options ? ["email: capacity: 3 goes with the next release: write maxEvents: 3"] : [],
    );
    run.abandon();
    run.targets.close();
  }
});

test("the copies of the stage under a by share a connection, and those of all pipelines", async () => {
  const server = await smtpServer();
  const run = live([by("service", [email("ops@example.com", { smtp: server.url })])], new VirtualClock());
  for (let i = 0; i < 20; i++) run.offer({ ...CRITICAL, service: `s${i}` });
  await finish(run);
  assert.equal(server.mails.length, 20);
  assert.equal(server.connections(), 1);
  assert.equal(books(run, "by#0/email#0").delivered, 20);
  await server.close();
});

test("what comes within a digest is one mail, which shows some and counts the others", async () => {
  const server = await smtpServer();
  const clock = new VirtualClock();
  const stage = email("ops@example.com", {
    smtp: server.url,
    digest: { seconds: 60, max: 2 },
    url: () => "https://wiki.example.com/?a=1&b=2",
  });
  const run = live([stage], clock);
  for (let i = 0; i < 5; i++) run.offer({ ...CRITICAL, service: `<s${i}>` });
  clock.advanceTo(59);
  assert.equal(books(run).pending, 5);
  clock.advanceTo(60);
  await finish(run);
  assert.equal(server.mails.length, 1);
  const [mail] = server.mails;
  const html = (mail?.text ?? "").replaceAll("=\r\n", "").replaceAll("=3D", "=");
  assert.match(textOf(mail?.text), /web1 <s0> critical[\s\S]*web1 <s1> critical[\s\S]*3 more$/);
  assert.match(html, /<a href="https:\/\/wiki.example.com\/\?a=1&amp;b=2">web1 &lt;s0&gt; critical<\/a>/);
  assert.equal(books(run).delivered, 5);
  await server.close();
});

test("of several recipients only the one is given up whom the server refuses for good", async () => {
  const tried: string[] = [];
  let isGrey = true;
  const answers: Readonly<Record<string, () => number>> = {
    "gone@example.com": () => 550,
    "grey@example.com": () => (isGrey ? 451 : 0),
  };
  const server = await smtpServer({
    onRcptTo({ address }, _session, done) {
      tried.push(address);
      const responseCode = answers[address]?.() ?? 0;
      done(responseCode === 0 ? null : Object.assign(new Error(`no ${address}`), { responseCode }));
    },
  });
  const clock = new VirtualClock();
  const to = ["ops@example.com", "gone@example.com", "grey@example.com"];
  const run = live([email(to, { smtp: server.url })], clock);
  run.offer(CRITICAL);
  await until("a log line", () => run.log.length === 2);
  isGrey = false;
  clock.advanceTo(5);
  await finish(run);
  assert.deepEqual(tried, [...to, "grey@example.com"]);
  assert.deepEqual(
    server.mails.map((mail) => mail.to),
    [["ops@example.com"], ["grey@example.com"]],
  );
  assert.equal(books(run).delivered, 1);
  assert.deepEqual(run.log[0]?.fields, {
    recipient: "gone@example.com",
    answer: "Recipient command failed: 550 no gone@example.com",
  });
  await server.close();
});

test("a server that does not let us in says nothing about the mail, which waits", async () => {
  let isLocked = true;
  const server = await smtpServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) =>
      isLocked ? done(Object.assign(new Error("wrong"), { responseCode: 535 })) : done(null, { user: "me" }),
  });
  const clock = new VirtualClock();
  const url = server.url.replace("//", "//me:hidden-word@");
  const run = live([email("ops@example.com", { smtp: url })], clock);
  run.offer(CRITICAL);
  await until("a log line", () => run.log.length === 1);
  assert.doesNotMatch(JSON.stringify(run.log), /hidden-word/);
  assert.equal(books(run).pending, 1);
  isLocked = false;
  clock.advanceTo(1);
  await finish(run);
  assert.equal(books(run).delivered, 1);
  await server.close();
});

test("what answers as no mail server says nothing about the mail, which waits", async () => {
  const greetings = ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "\0\r\n", "x".repeat(2_000_000)];
  for (const greeting of greetings) {
    const other = createServer((socket) => void socket.on("error", () => {}).write(greeting)).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const clock = new VirtualClock();
    const run = live([email("ops@example.com", { smtp: `smtp://127.0.0.1:${port}` })], clock);
    run.offer(CRITICAL);
    await until("a log line", () => run.log.length === 1);
    assert.equal(books(run).pending, 1, greeting.slice(0, 20));
    other.close();
    const server = await smtpServer({}, port);
    clock.advanceTo(1);
    await finish(run);
    assert.equal(books(run).delivered, 1);
    await server.close();
  }
});

test("a server that echoes the password, however it came to it, does not bring it into the log", async (t) => {
  const [user, password] = ["me@example.com", "hidden wörd+/!"];
  const inUrl = encodeURIComponent(password);
  const lower = inUrl.replace(/%../g, (hex) => hex.toLowerCase());
  const forms = {
    plain: password,
    "as AUTH PLAIN": Buffer.from(`\0${user}\0${password}`).toString("base64"),
    "as AUTH LOGIN": Buffer.from(password).toString("base64"),
    "as part of a URL": inUrl,
    "as it stands in the URL of the route": lower,
  };
  for (const [name, echo] of Object.entries(forms))
    await t.test(name, async (t) => {
      const server = await smtpServer({
        authOptional: false,
        allowInsecureAuth: true,
        onAuth: (_auth, _session, done) => done(Object.assign(new Error(`who is ${echo}?`), { responseCode: 535 })),
      });
      const clock = new VirtualClock();
      t.after(() => server.close());
      const url = server.url.replace("//", `//${encodeURIComponent(user)}:${lower}@`);
      const run = live([email("ops@example.com", { smtp: url })], clock);
      t.after(() => run.targets.close());
      run.offer(CRITICAL);
      await until("a log line", () => run.log.length === 1);
      assert.match(JSON.stringify(run.log), /535 who is \*\*\*\?/);
    });
});

test("smtps:// encrypts from the first byte on", async () => {
  let isSecure = false;
  const server = await smtpServer({
    secure: true,
    onMailFrom(_address, session, done) {
      isSecure = session.secure;
      done();
    },
  });
  const url = `smtps://127.0.0.1:${server.port}/?tls.rejectUnauthorized=false`; // its certificate is for tests
  const run = live([email("ops@example.com", { smtp: url })], new VirtualClock());
  run.offer(CRITICAL);
  await finish(run);
  assert.deepEqual([server.mails.length, isSecure], [1, true]);
  await server.close();
});

test("a server whose certificate nobody vouches for gets no mail", async () => {
  const server = await smtpServer({ secure: true });
  const run = live([email("ops@example.com", { smtp: `smtps://127.0.0.1:${server.port}` })], new VirtualClock());
  run.offer(CRITICAL);
  await until("a log line", () => run.log.length === 1);
  assert.match(String(run.log[0]?.fields.error), /certificate/);
  assert.deepEqual([server.mails.length, books(run).pending], [0, 1]);
  run.abandon();
  run.targets.close();
  await server.close();
});

test("a stage that gets no event opens no connection", async () => {
  const server = await smtpServer();
  const run = live([email("ops@example.com", { smtp: server.url })], new VirtualClock());
  await finish(run);
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
  setEnvironment(context, { FTS_SMTP_URL: "mail.example.com" });
  assert.throws(() => email("ops@example.com"), /environment variable FTS_SMTP_URL: must be a URL such as smtp:/);
});
