import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import type { Log } from "../../src/core/log.ts";
import { FastTsError } from "../../src/errors.ts";
import type { HttpServer } from "../../src/http/server.ts";
import type { DaemonView } from "../../src/http/view.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { until } from "../until.ts";
import { parseExposition } from "./exposition.ts";
import { openHttp } from "./open-http.ts";
import { aView } from "./view.ts";

const errors: string[] = [];
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (message) => void errors.push(message) };
const open = (changes: Partial<DaemonView> = {}, port = 0): Promise<HttpServer> =>
  openHttp({ port, view: aView(changes), log });

let door: HttpServer;
before(async () => {
  door = await open();
});
after(() => door.stop());

const get = (path: string, init: RequestInit = {}, { port } = door): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, init);

test("/healthz says ok while the process lives", async () => {
  const answer = await get("/healthz");
  assert.deepEqual([answer.status, await answer.text()], [200, "ok\n"]);
});

test("/readyz says 200 when ready, with details", async () => {
  const answer = await get("/readyz?verbose");
  assert.equal(answer.status, 200);
  const { ready, reasons, pipelines } = JSON.parse(await answer.text());
  assert.deepEqual([ready, reasons, pipelines[0]], [true, [], { name: "a", state: "running" }]);
});

test("/readyz shows spill that no target uses, or no disk takes, and is ready all the same", async () => {
  const unclaimedSpill = [{ target: "webhook a", name: "webhook-a-1", items: 3, bytes: 400 }];
  const failingSpill = [{ target: "webhook b", error: "ENOSPC: no space left on device, write" }];
  const details = { ready: true, reasons: [], unclaimedSpill, failingSpill };
  const other = await open({ readiness: () => details });
  const answer = await get("/readyz", {}, other);
  assert.equal(answer.status, 200);
  const shown = JSON.parse(await answer.text());
  assert.deepEqual([shown.ready, shown.unclaimedSpill, shown.failingSpill], [true, unclaimedSpill, failingSpill]);
  await other.stop();
});

test("/readyz says 503 and why when not ready", async () => {
  const unready = await open({ readiness: () => ({ ready: false, reasons: ["pipeline a failed"] }) });
  const answer = await get("/readyz", {}, unready);
  assert.equal(answer.status, 503);
  assert.deepEqual(JSON.parse(await answer.text()).reasons, ["pipeline a failed"]);
  await unready.stop();
});

test("/metrics is Prometheus's text format", async () => {
  const answer = await get("/metrics");
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.ok(parseExposition(await answer.text()).size > 30);
});

test("/api/targets is the books of targets, what is on disk too", async () => {
  const { targets } = JSON.parse(await (await get("/api/targets")).text());
  assert.deepEqual(targets, aView().targets());
});

test("/api/pipelines is the tree of workers, pipelines and stages with their books", async () => {
  const tree = JSON.parse(await (await get("/api/pipelines")).text());
  assert.deepEqual(tree.pipelines, JSON.parse(JSON.stringify(aView().pipelines())));
  assert.equal(tree.workers[0].id, 1);
  assert.equal(tree.reloads.failed, 1);
});

test("/api/index is what a query finds, a line of JSON each; all of it when nothing is asked", async () => {
  const answer = await get("/api/index?query=state+%3D+%22a%26b%3F%22");
  assert.deepEqual(
    [answer.status, answer.headers.get("content-type"), await answer.text()],
    [200, "application/x-ndjson", 'state = "a&b?"\n'],
  );
  assert.equal(await (await get("/api/index")).text(), "true\n");
  const slip = await get("/api/index?q=host");
  assert.deepEqual([slip.status, await slip.text()], [400, 'there is no parameter "q"; it takes query\n']);
  const twice = await get("/api/index?query=true&query=false");
  assert.deepEqual([twice.status, await twice.text()], [400, "query may be given once, is given 2 times\n"]);
});

test("/api/index refuses what is more than 100 queries at a time, also in one connection", async () => {
  const waiting: (() => void)[] = [];
  const search: DaemonView["search"] = () =>
    new Promise((resolve) => waiting.push(() => resolve({ kind: "wrong", error: "because" })));
  const busy = await open({ search });
  const socket = connect(busy.port, "127.0.0.1");
  socket.write("GET /api/index HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100));
  await until("100 searches", () => waiting.length === 100);
  const answer = await get("/api/index", {}, busy);
  assert.deepEqual(
    [answer.status, await answer.text()],
    [503, "100 clients are waiting for answers to queries: try again later\n"],
  );
  for (const resolve of waiting) resolve();
  await busy.stop();
});

test("/api/index refuses long answers while clients have 256 MiB to read, until they have gone", async () => {
  const search: DaemonView["search"] = async (query) => ({
    kind: "found",
    bytes: new Uint8Array(query === "short" ? 5 : 64 * 1024 * 1024),
  });
  const full = await open({ search });
  const socket = connect(full.port, "127.0.0.1");
  socket.pause();
  socket.write("GET /api/index HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(4));
  const ask = async (query: string): Promise<number> => {
    const answer = await get(`/api/index?query=${query}`, { method: "HEAD" }, full);
    return answer.status;
  };
  await until("a refusal", async () => (await ask("long")) === 503);
  assert.equal(await ask("short"), 200);
  socket.destroy();
  await until("an answer", async () => (await ask("long")) === 200);
  await full.stop();
});

test("a client may send many requests before it reads, of which Node warns nobody", async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error): void => void warnings.push(message);
  process.on("warning", note);
  const socket = connect(door.port, "127.0.0.1");
  const request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n";
  socket.write(`${`${request}\r\n`.repeat(19)}${request}Connection: close\r\n\r\n`);
  let answers = "";
  for await (const bytes of socket) answers += bytes;
  process.off("warning", note);
  assert.deepEqual([answers.split("HTTP/1.1 200 ").length - 1, warnings], [20, []]);
});

test("a client that does not read an answer for a minute is disconnected", async () => {
  const clock = new VirtualClock();
  const search: DaemonView["search"] = async () => ({ kind: "found", bytes: new Uint8Array(32 * 1024 * 1024) });
  const slow = await openHttp({ clock, view: aView({ search }) });
  const socket = connect(slow.port, "127.0.0.1");
  socket.pause();
  socket.write("GET /api/index HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await until("the answer to wait for its reader", () => clock.timers > 0);
  clock.advanceTo(59.9);
  await new Promise(setImmediate);
  assert.equal(clock.timers, 1);
  clock.advanceTo(60);
  const closed = once(socket, "close");
  socket.resume();
  await closed;
  assert.equal(clock.timers, 0);
  await slow.stop();
});

test("/api/index says what is wrong, and whose fault it is", async () => {
  const said = async (kind: "none" | "wrong" | "failed") => {
    const door = await open({ search: () => Promise.resolve({ kind, error: "because" }) });
    const answer = await get("/api/index", {}, door);
    await door.stop();
    return [answer.status, await answer.text()];
  };
  assert.deepEqual(await Promise.all([said("none"), said("wrong"), said("failed")]), [
    [404, "no route has an index()\n"],
    [400, "because\n"],
    [503, "because\n"],
  ]);
});

test("HEAD has the head of GET and no body", async () => {
  const answer = await get("/healthz", { method: "HEAD" });
  assert.deepEqual([answer.status, answer.headers.get("content-length"), await answer.text()], [200, "3", ""]);
});

test("another method is 405 and says which there are", async () => {
  const answer = await get("/metrics", { method: "POST", body: "x".repeat(100_000) });
  assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET, HEAD"]);
  await answer.text();
});

test("a body is refused: what is asked for stands in the URL", async () => {
  const answer = await get("/api/index", { method: "GET" });
  assert.equal(answer.status, 200);
  for (const framing of ["Content-Length: 4\r\n\r\ntrue", "Transfer-Encoding: chunked\r\n\r\n4\r\ntrue\r\n0\r\n\r\n"]) {
    const socket = connect(door.port, "127.0.0.1");
    socket.write(`GET /api/index HTTP/1.1\r\nHost: localhost\r\n${framing}`);
    assert.match(String(await once(socket, "data")), /^HTTP\/1\.1 413 [\s\S]*\/api\/index takes no body/);
    await once(socket, "close");
  }
});

test("two Host headers are 400, wherever they ask", async () => {
  for (const path of ["/healthz", "/api/index", "/nowhere"]) {
    const socket = connect(door.port, "127.0.0.1");
    socket.end(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nHost: attacker.example\r\n\r\n`);
    assert.match(String(await once(socket, "data")), /^HTTP\/1\.1 400 [\s\S]*more than one Host header/);
    socket.destroy();
  }
});

test("an unknown path is 404 and says what there is", async () => {
  for (const path of ["/", "/constructor", "/metrics/"]) {
    const answer = await get(path);
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /\/healthz \/readyz \/metrics \/metrics\/events \/api\/pipelines/);
  }
});

test("a page that fails is 500, and the log has it", async () => {
  const broken = await open({
    workers: () => {
      throw new Error("no");
    },
  });
  assert.equal((await get("/api/pipelines", {}, broken)).status, 500);
  assert.deepEqual(errors, ["http page failed"]);
  await broken.stop();
});

test("a port in use is one clear error", async () => {
  await assert.rejects(open({}, door.port), (error) => {
    assert.ok(error instanceof FastTsError);
    assert.equal(error.code, "FTS_START");
    assert.match(
      error.message,
      /^cannot listen on 127\.0\.0\.1:\d+ \(HTTP\): the port is in use; .* --http-port, or none with --http-port off$/,
    );
    return true;
  });
});

test("a stop does not wait for idle or slow connections", async () => {
  const held = await open();
  const idle = connect(held.port, "127.0.0.1");
  const half = connect(held.port, "127.0.0.1");
  half.write("GET /metrics HTT");
  await get("/healthz", {}, held);
  const closed = [idle, half].map(
    (socket) => new Promise((resolve) => socket.on("error", () => {}).once("close", resolve)),
  );
  await held.stop();
  await Promise.all(closed);
});

test("/healthz answers however many connections are held open", async () => {
  const held = await open();
  const sockets = Array.from({ length: 300 }, () => connect(held.port, "127.0.0.1").on("error", () => {}));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  assert.equal((await get("/healthz", {}, held)).status, 200);
  await held.stop();
});
