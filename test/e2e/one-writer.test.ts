import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type MailServer, smtpServer } from "../sinks/smtp-server.ts";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";

/** Two pipelines in two workers mail to the same address; the second one ends its thread when it is told to. */
function routes(server: MailServer, options = ""): Readonly<Record<string, string>> {
  const mail = `email("ops@example.com", { smtp: "${server.url}", subject: (e) => String(e.service)${options} })`;
  return {
    "one.ts": `import { email, filter, pipeline } from "fast-ts";
pipeline("one", [filter((e) => e.host === "one"), ${mail}]);`,
    "two.ts": `import { email, filter, map, pipeline } from "fast-ts";
pipeline("two", [
  filter((e) => e.host === "two"),
  map((e) => e.service === "exit" ? process.exit(1) : e),
  ${mail},
]);`,
  };
}

async function open(t: TestContext, routes: Readonly<Record<string, string>>, workers: number) {
  const daemon = await DaemonProcess.start(t, routes, ["--workers", String(workers)]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  return { daemon, client };
}

function subjects({ mails }: MailServer): string[] {
  return mails.map(({ text }) => /^Subject: (.*?)\r$/m.exec(text)?.[1] ?? "").toSorted();
}

/** What `email` has in the books of a pipeline. */
async function mailed(daemon: DaemonProcess, name: string) {
  const report = await daemon.pipeline(name);
  const row = report.stages.find(({ place }) => place.startsWith("email#"));
  assert.ok(row !== undefined);
  return row;
}

for (const workers of [0, 2])
  test(`the mails of two pipelines go through one connection, ${workers} workers`, async (t) => {
    const server = await smtpServer();
    t.after(() => server.close());
    const { daemon, client } = await open(t, routes(server), workers);
    const names = Array.from({ length: 20 }, (_, n) => `s${String(n).padStart(2, "0")}`);
    for (const [n, service] of names.entries()) await client.send({ host: n % 2 === 0 ? "one" : "two", service });
    await daemon.until("all mails to come", () => server.mails.length === 20);
    assert.deepEqual(subjects(server), names);
    assert.equal(server.connections(), 1);
    for (const name of ["one", "two"])
      await daemon.until(`${name} to be told`, async () => (await mailed(daemon, name)).delivered === 10);
    await balanced(daemon);
    // What workers tell of themselves comes a little later.
    const [target] = await daemon.until("the target to be told of", async () => {
      const { targets } = JSON.parse((await daemon.page("/api/targets")).text);
      return targets[0]?.taken === 20 && targets[0].pending === 0 && targets;
    });
    const { taken, delivered, deliveredEvents, pending, circuit } = target;
    assert.deepEqual([taken, delivered, deliveredEvents, pending, circuit], [20, 20, 20, 0, "closed"]);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.equal((await daemon.logged("stopped")).events_lost, 0);
  });

test("a digest is one for all workers, and a stop sends it", async (t) => {
  const server = await smtpServer();
  t.after(() => server.close());
  const { daemon, client } = await open(t, routes(server, ", digest: { seconds: 3600, max: 2 }"), 2);
  await client.send({ host: "one", service: "a" }, { host: "two", service: "b" }, { host: "one", service: "c" });
  for (const [name, count] of [
    ["one", 2],
    ["two", 1],
  ] as const)
    await daemon.until(`${name} to be held`, async () => (await mailed(daemon, name)).pending === count);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal((await daemon.logged("stopped")).events_lost, 0);
  assert.equal(server.mails.length, 1);
  assert.match(subjects(server)[0] ?? "", /^3 events: /);
  assert.match(server.mails[0]?.text ?? "", / 1 more\r$/m);
});

test("a worker that ends and a reload lose no mail that was taken, and send none twice", async (t) => {
  const before = await smtpServer();
  await before.close(); // the server is down for now
  const { daemon, client } = await open(t, routes(before), 2);
  await client.send({ host: "two", service: "a" }, { host: "one", service: "b" });
  for (const name of ["one", "two"])
    await daemon.until(`${name} to hold its mail`, async () => (await mailed(daemon, name)).pending === 1);
  // What a thread took before it ended is not lost with it.
  await client.send({ host: "two", service: "c" }, { host: "two", service: "exit" });
  await daemon.logged("worker is replaced, its pipelines start anew");
  await client.send({ host: "two", service: "d" });
  await daemon.until("the new thread to hold its mail", async () => (await mailed(daemon, "two")).pending === 3);
  daemon.write("one.ts", routes(before)["one.ts"]?.replace("email(", "/* reloaded */ email(") ?? "");
  await daemon.until("the reload", async () => (await daemon.tree()).reloads.succeeded === 2);
  await client.send({ host: "one", service: "e" });
  await daemon.until("the new pipeline to hold its mail", async () => (await mailed(daemon, "one")).pending === 2);
  const server = await smtpServer({}, before.port);
  t.after(() => server.close());
  for (const [name, count] of [
    ["one", 2],
    ["two", 3],
  ] as const)
    await daemon.until(`${name} to have got rid of its mails`, async () => {
      const { pending, delivered } = await mailed(daemon, name);
      return pending === 0 && delivered === count;
    });
  assert.deepEqual(subjects(server), ["a", "b", "c", "d", "e"]);
  await balanced(daemon);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test("what a target cannot be sent until the stop deadline is named, with how many and since when, and counted", async (t) => {
  const gone = await smtpServer();
  await gone.close();
  const files = routes(gone);
  const daemon = await DaemonProcess.start(t, files, ["--workers", "2", "--stop-deadline", "1"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ host: "two", service: "a" }, { host: "one", service: "b" }, { host: "one", service: "c" });
  for (const [name, count] of [
    ["one", 2],
    ["two", 1],
  ] as const)
    await daemon.until(`${name} to be held`, async () => (await mailed(daemon, name)).pending === count);
  await daemon.stop();
  const { stuck, events } = await daemon.logged("stop deadline passed, what was held is lost");
  assert.match(String(stuck), /^target email 127\.0\.0\.1:\d+#[0-9a-f]{6}: 3 wait, the oldest for \d+ s$/);
  assert.equal(events, 3);
});

test("sinks of one's own that share a name share a queue, and their pipelines a worker", async (t) => {
  const route = (name: string): string => `import { filter, pipeline, sink } from "fast-ts";
pipeline("${name}", [
  filter((e) => e.host === "${name}"),
  sink("chat", () => ({ write: async () => {} }), { name: "chat", digest: { seconds: 3600 } }),
]);`;
  const files = Object.fromEntries(["one", "two", "three"].map((name) => [`${name}.ts`, route(name)]));
  const { daemon, client } = await open(t, files, 2);
  for (const host of ["one", "two", "three"]) await client.send({ host, service: "s" });
  const targets = await daemon.until("all to be held", async () => {
    const all = JSON.parse((await daemon.page("/api/targets")).text).targets;
    return all.reduce((sum: number, { pending }: { pending: number }) => sum + pending, 0) === 3 && all;
  });
  assert.deepEqual(
    targets.map(({ target, taken }: { target: string; taken: number }) => [target, taken]),
    [["chat", 3]],
  );
  const { pipelines } = await daemon.tree();
  assert.equal(new Set(pipelines.map(({ worker }) => worker)).size, 1);
});
