import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { FastTsError } from "../../src/errors.ts";
import { type ForwardOptions, forward } from "../../src/sinks/forward.ts";
import { filter } from "../../src/stages/filter.ts";
import { decodeMsg } from "../../src/wire/codec.ts";
import { certificate } from "../doors/certificates.ts";
import { isBalanced } from "./live.ts";
import { Outside } from "./outside.ts";
import { RiemannStub } from "./riemann-stub.ts";

const services = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ service: `s${from + i}` }));
const names = (from: number, to: number): string[] => services(from, to).map(({ service }) => service);

async function withServer(
  options: ForwardOptions,
  work: (outside: Outside, server: RiemannStub) => Promise<void>,
): Promise<void> {
  const server = await new RiemannStub().open();
  const outside = new Outside([forward(server.address, options)], "forward#0");
  try {
    await work(outside, server);
    assert.ok(isBalanced(outside.report), JSON.stringify(outside.report));
  } finally {
    outside.close();
    await server.close();
  }
}

test("events arrive in order, many a message, with one hop more", async () => {
  await withServer({ batch: { events: 100 } }, async (outside, server) => {
    outside.offer({ service: "a", metric: 2, attributes: { zone: "eu", "fast-ts hops": "3" } }, ...services(0, 1_500));
    await outside.settled();
    const [first, second] = server.events;
    assert.deepEqual(first?.attributes, [
      { key: "zone", value: "eu" },
      { key: "fast-ts hops", value: "4" },
    ]);
    assert.deepEqual(second?.attributes, [{ key: "fast-ts hops", value: "1" }]);
    assert.deepEqual(server.services, ["a", ...names(0, 1_500)]);
    assert.ok(Math.max(...server.sizes) === 100 && server.connections === 1);
    assert.equal(outside.report.delivered, 1_501);
  });
});

test("an event that has made eight hops goes no further, and its dead letter says why", async () => {
  const reasons: unknown[] = [];
  const deadLetters = [filter((e: Event) => reasons.push(e.attributes["fast-ts reason"]) > 0)];
  await withServer({ deadLetters }, async (outside, server) => {
    outside.offer({ service: "loop", attributes: { "fast-ts hops": "8" } }, { service: "a" });
    await outside.settled();
    assert.deepEqual(server.services, ["a"]);
    assert.equal(outside.report.dropped.refused, 1);
    assert.deepEqual(reasons, ["refused: 8 routers have forwarded it: they are in a loop"]);
  });
});

test("a message that the server turns down is tried three times, then given up with its words", async () => {
  await withServer({}, async (outside, server) => {
    server.answer = (socket) => RiemannStub.refuse(socket, "not today");
    outside.offer({ service: "a" });
    await outside.settled();
    assert.deepEqual([server.sizes.length, outside.report.dropped.refused], [3, 1]);
    assert.match(JSON.stringify(outside.live.log), /not today/);
  });
});

test("what is under way when the connection breaks is sent again, in order", async () => {
  await withServer({ batch: { events: 10 } }, async (outside, server) => {
    let messages = 0;
    const { answer } = server;
    server.answer = (socket, events) => {
      if (++messages === 3) return void socket.destroy();
      answer(socket, events);
    };
    outside.offer(...services(0, 100));
    await outside.settled();
    assert.equal(outside.report.delivered, 100);
    const firsts = server.services.filter((service, at) => server.services.indexOf(service) === at);
    assert.deepEqual(firsts, names(0, 100));
  });
});

test("a server that never answers costs a time-out, and its events are sent again", async () => {
  await withServer({ timeout: 0.3 }, async (outside, server) => {
    const { answer } = server;
    server.answer = () => {};
    outside.offer({ service: "a" });
    await outside.until(() => server.sizes.length === 2);
    server.answer = answer;
    await outside.settled();
    assert.equal(outside.report.delivered, 1);
  });
});

test("with several servers the next one is taken when one fails, and it stays with that", async () => {
  const [a, b] = [await new RiemannStub().open(), await new RiemannStub().open()];
  const outside = new Outside([forward([a.address, b.address])], "forward#0");
  outside.offer(...services(0, 5));
  await outside.settled();
  await a.close();
  outside.offer(...services(5, 10));
  await outside.until(({ delivered }) => delivered === 10);
  assert.deepEqual([a.services, b.services], [names(0, 5), names(5, 10)]);
  outside.close();
  await b.close();
});

test("by hash a host's events go to always the same server, each to one", async () => {
  const servers = [await new RiemannStub().open(), await new RiemannStub().open()];
  const addresses = servers.map(({ address }) => address);
  const outside = new Outside([forward(addresses, { mode: "hash" })], `forward#0/${addresses[0]}/forward#0`);
  outside.offer(...Array.from({ length: 200 }, (_, i) => ({ host: `h${i % 20}`, service: `s${i}` })));
  await outside.until(() => servers.reduce((sum, { events }) => sum + events.length, 0) === 200);
  const hosts = servers.map(({ events }) => new Set(events.map(({ host }) => host)));
  assert.equal(new Set([...(hosts[0] ?? []), ...(hosts[1] ?? [])]).size, 20);
  assert.equal((hosts[0]?.size ?? 0) + (hosts[1]?.size ?? 0), 20);
  assert.ok((hosts[0]?.size ?? 0) > 0 && (hosts[1]?.size ?? 0) > 0);
  outside.close();
  for (const server of servers) await server.close();
});

test("with all servers one that is down costs the others nothing", async () => {
  const [up, down] = [await new RiemannStub().open(), await new RiemannStub().open()];
  await down.close();
  const outside = new Outside(
    [forward([up.address, down.address], { mode: "all" })],
    `forward#0/${up.address}/forward#0`,
  );
  outside.offer(...services(0, 50));
  await outside.settled();
  assert.deepEqual(up.services, names(0, 50));
  assert.equal(outside.live.report(`forward#0/${down.address}/forward#0`).pending, 50);
  outside.close();
  await up.close();
});

test("by udp each datagram is a message of no more than 16 KiB", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const got: string[] = [];
  const sizes: number[] = [];
  socket.on("message", (bytes) => {
    sizes.push(bytes.length);
    got.push(...(decodeMsg(bytes).events ?? []).map(({ service = "" }) => service));
  });
  const outside = new Outside([forward(`udp://127.0.0.1:${socket.address().port}`)], "forward#0");
  outside.offer(...Array.from({ length: 400 }, (_, i) => ({ service: `s${i}`, description: "x".repeat(100) })), {
    service: "long",
    description: "x".repeat(20_000),
  });
  await outside.settled();
  await outside.until(() => got.length >= 400);
  assert.deepEqual(got, names(0, 400));
  assert.ok(Math.max(...sizes) <= 16_384 && sizes.length > 2);
  assert.equal(outside.report.dropped.refused, 1, "the event that no datagram holds");
  outside.close();
  socket.close();
});

test("by tls the server must prove its name, and the client its own where the server asks", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "fts-forward-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const authority = certificate("authority");
  const [server, client] = [certificate("server", authority), certificate("client", authority)];
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const ca = file("ca.pem", authority.cert);
  const own = { cert: file("cert.pem", client.cert), key: file("key.pem", client.key) };
  const stub = new RiemannStub({ ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
  await stub.open();
  const to = `tls://localhost:${stub.port}`;
  const without = new Outside([forward(to, { ca, name: "without a certificate" })], "forward#0");
  without.offer({ service: "refused" });
  const outside = new Outside([forward(to, { ca, ...own })], "forward#0");
  outside.offer({ service: "a" });
  await outside.settled();
  assert.deepEqual(stub.services, ["a"]);
  assert.equal(without.report.pending, 1);
  without.close();
  outside.close();
  await stub.close();
});

test("a wrong address or option says what it must be", () => {
  const must = /forward\(to\): must be "host:port", "tls:\/\/host:port" or "udp:\/\/host:port", got/;
  for (const to of ["http://example.com", "a:0", "a:99999", "", ["a", "b/c"]])
    assert.throws(
      () => forward(to),
      (error) => error instanceof FastTsError && must.test(error.message),
    );
  assert.throws(() => forward([]), /forward\(to\): must name a server, got none/);
  assert.throws(
    () => forward("a", { mode: "random" as never }),
    /forward\(mode\): must be one of "failover", "hash", "all"/,
  );
});
