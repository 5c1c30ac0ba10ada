import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";

const INDEX = `import { defaults, index, pipeline } from "fast-ts";
pipeline("index", [defaults({ ttl: 60 }), index({ interval: 0.1 })]);
`;
const SILENT = `import { expired, pipeline, stdout } from "fast-ts";
pipeline("silent", [expired(), stdout({ format: ({ host, service, state }) => [host, service, state].join(" ") })]);
`;

for (const workers of [0, 2]) {
  const flags = ["--workers", String(workers)];

  test(`a query finds what was acknowledged before it, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, { "index.ts": INDEX, "silent.ts": SILENT }, flags);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const find = (query: string) => client.find(query);
    for (let n = 0; n < 200; n++) {
      await client.send({ host: "a", service: "s", metric_sint64: n }, { host: String(n % 7), service: "other" });
      const [found] = await find('host = "a" and service = "s"');
      assert.equal(found?.metric_sint64, String(n));
    }
    assert.equal((await find("true")).length, 8);
    assert.deepEqual(
      (await find('service =~ "oth%" and host = "3"')).map(({ ttl }) => ttl),
      [60],
    );
    const both = await client.ask({ events: [{ host: "b", service: "s" }], query: { string: 'host = "b"' } });
    assert.deepEqual([both.ok, both.events?.length], [true, 1]);
    const wrong = await client.ask({ query: { string: "host = " } });
    assert.equal(wrong.ok, false);
    assert.match(wrong.error ?? "", /column/);
    const page = await daemon.page(`/api/index?query=${encodeURIComponent('host = "b"')}`);
    assert.equal(JSON.parse(page.text).host, "b");
    await balanced(daemon);
  });

  test(`what expires comes to all pipelines and leaves the index, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, { "index.ts": INDEX, "silent.ts": SILENT }, flags);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    await client.send({ host: "brief", service: "s", ttl: 0.2 }, { host: "long", service: "s" });
    await daemon.until("the event to expire", () => daemon.printed.includes("brief s expired"));
    assert.deepEqual(
      (await client.find("true")).map(({ host }) => host),
      ["long"],
    );
  });

  test(`the index outlives a reload, and goes with the last route that has one, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, { "index.ts": INDEX, "silent.ts": SILENT }, flags);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const ask = () => client.ask({ query: { string: "true" } });
    await client.send({ host: "a" });
    daemon.write("index.ts", INDEX.replace("0.1", "0.2"));
    await daemon.logged("routes reloaded");
    assert.deepEqual(
      (await client.find("true")).map(({ host }) => host),
      ["a"],
    );
    daemon.write("index.ts", 'import { pipeline, stdout } from "fast-ts"; pipeline("index", [stdout()]);');
    await daemon.until("the second reload", async () => (await ask()).ok === false);
    assert.equal((await ask()).error, "no index");
    assert.deepEqual(await daemon.page("/api/index"), { status: 404, text: "no route has an index()\n" });
    daemon.write("index.ts", INDEX);
    await daemon.until("the third reload", async () => (await ask()).ok === true);
    assert.equal((await ask()).events, undefined, "it begins anew");
  });
}

test("a worker that hangs takes the index along; its queries are answered, and the index begins anew", async (t) => {
  const hangs = `import { index, map, pipeline } from "fast-ts";
pipeline("index", [map((e) => { if (e.service === "hang") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return e; }), index()]);
`;
  const daemon = await DaemonProcess.start(t, { "index.ts": hangs }, ["--workers", "1"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ host: "a" });
  await client.send({ service: "hang" });
  const answer = await client.ask({ query: { string: "true" } });
  assert.equal(answer.ok, false);
  assert.match(answer.error ?? "", /4 s|being replaced/);
  await daemon.logged("worker is replaced, its pipelines start anew");
  const found = await daemon.until("the index to answer again", async () => {
    const { ok, events = [] } = await client.ask({ query: { string: "true" } });
    return ok === true && { events };
  });
  assert.deepEqual(found.events, []);
});

test("riemann-client asks the index", async (t) => {
  const daemon = await DaemonProcess.start(t, { "index.ts": INDEX });
  const run = (...args: readonly string[]) =>
    promisify(execFile)("riemann-client", [...args, "127.0.0.1", String(daemon.port)]);
  await run("send", "-h", "web-1", "-S", "http", "-s", "ok", "-d", "0.5");
  const { stdout } = await run("query", 'state = "ok"');
  assert.match(stdout, /host = web-1/);
  assert.match(stdout, /metric_d = 0\.5/);
});
