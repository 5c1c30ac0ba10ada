import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { AddressFilter, ALL_NETWORKS } from "../../src/doors/address-filter.ts";
import { openTls, type TlsOptions } from "../../src/doors/tls.ts";
import { FastTsError } from "../../src/errors.ts";
import { Admission } from "../../src/ingest/admission.ts";
import { QueryLimiter } from "../../src/ingest/query-limiter.ts";
import { ReaderBudget } from "../../src/ingest/reader-budget.ts";
import { newQueryCounts } from "../../src/ingest/report.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { ACK } from "../../src/wire/frames.ts";
import { FakeIntake, frame } from "../ingest/fake-intake.ts";
import { FakeQueries } from "../ingest/fake-queries.ts";
import { type Certified, certificate } from "./certificates.ts";
import { soon, turns } from "./open-door.ts";

const AUTHORITY = certificate("authority");
const SERVER = certificate("server", AUTHORITY);
const CLIENT = certificate("client", AUTHORITY);
const STRANGER = certificate("stranger");
const START = 1_700_000_000;

interface Limits {
  readonly client?: TlsOptions["client"];
  readonly server?: Certified;
}

async function openDoor(t: TestContext, { client = "none", server = SERVER }: Limits = {}) {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-tls-"));
  const paths = { cert: join(dir, "cert.pem"), key: join(dir, "key.pem"), ca: join(dir, "ca.pem") };
  const put = ({ cert, key }: Certified): void => {
    writeFileSync(paths.cert, cert);
    writeFileSync(paths.key, key);
  };
  put(server);
  writeFileSync(paths.ca, AUTHORITY.cert);
  const intake = new FakeIntake();
  const clock = new VirtualClock(START);
  const lines: Record<string, unknown>[] = [];
  const note = (message: string, fields = {}): void => void lines.push({ message, ...fields });
  const log = { debug: note, info: note, warn: note, error: note };
  const admission = new Admission({ intake, maxFrame: 1_000_000, maxConnections: 3, clock, log });
  const queryLimiter = new QueryLimiter(new FakeQueries(), new ReaderBudget(), clock, newQueryCounts());
  const all = new AddressFilter(ALL_NETWORKS);
  const listener = { host: "127.0.0.1", port: 0, maxFrame: 1_000_000, allow: all, allowQueries: all };
  const door = await openTls({ ...listener, paths, client, admission, queryLimiter, clock, log });
  const sockets: { destroy(): void }[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    admission.stop("stopping");
    await door.stop();
    rmSync(dir, { recursive: true });
  });
  const open = (options: ConnectionOptions = {}): TLSSocket => {
    const socket = connect({ host: "127.0.0.1", port: door.port, ca: AUTHORITY.cert, ...options });
    socket.on("error", () => {});
    sockets.push(socket);
    return socket;
  };
  return { door, intake, lines, paths, put, open, sockets };
}

const as = ({ cert, key }: Certified): ConnectionOptions => ({ cert, key });

/** Unlike that of Node it does not reject at an error. */
function once(emitter: EventEmitter, event: string): Promise<unknown> {
  return new Promise((resolve) => emitter.once(event, resolve));
}

async function acknowledged(socket: TLSSocket): Promise<boolean> {
  socket.write(frame("hello"));
  const closed = once(socket, "close").then(() => null);
  const answer = await Promise.race([once(socket, "data"), closed]);
  return Buffer.isBuffer(answer) && ACK.equals(answer);
}

test("messages come over TLS 1.2 and 1.3, long ones too, and no older version", async (t) => {
  const { door, intake, lines, open } = await openDoor(t);
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const socket = open({ minVersion: version, maxVersion: version });
    assert.equal(await acknowledged(socket), true);
    socket.destroy();
  }
  const old = open({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
  await once(old, "close");
  const socket = open();
  let answers = 0;
  socket.on("data", (bytes) => {
    answers += bytes.length / ACK.length;
  });
  const bodies = ["x".repeat(900_000), "y", "z".repeat(900_000)];
  socket.write(Buffer.concat(bodies.map(frame)));
  await soon("all answers", () => answers === 3);
  assert.deepEqual(intake.offered.slice(2), bodies);
  const { name, frames, notAfter, failedHandshakes } = door.report;
  assert.deepEqual([name, frames, notAfter, failedHandshakes], ["tls", 5, 2_000_000_000, 1]);
  assert.deepEqual(
    lines.map(({ message }) => message),
    ["TLS handshake failed"],
  );
});

for (const [client, certificates] of [
  ["none", { none: true, right: true, wrong: true }],
  ["request", { none: true, right: true, wrong: false }],
  ["require", { none: false, right: true, wrong: false }],
] as const)
  test(`--tls-client ${client}: who may send`, async (t) => {
    const { door, open, lines } = await openDoor(t, { client });
    const seen = {
      none: await acknowledged(open()),
      right: await acknowledged(open(as(CLIENT))),
      wrong: await acknowledged(open(as(STRANGER))),
    };
    assert.deepEqual(seen, certificates);
    const failed = Object.values(certificates).filter((isRight) => !isRight).length;
    await soon("the count", () => door.report.failedHandshakes === failed);
    if (failed === 0) return;
    await soon("a line", () => lines.length > 0);
    assert.match(String(lines[0]?.reason), /certificate/);
    assert.match(String(lines[0]?.peer), /^127\.0\.0\.1:\d+$/);
  });

test("a client that has ended its side is acknowledged what is in later", async (t) => {
  const { door, intake, open } = await openDoor(t);
  intake.isSlow = true;
  const client = open({ allowHalfOpen: true } as ConnectionOptions);
  const answers: Buffer[] = [];
  client.on("data", (bytes) => answers.push(bytes));
  client.end(frame("hello"));
  await soon("the message to be offered", () => intake.offered.length === 1);
  await turns();
  intake.confirm();
  await soon("the answer", () => answers.length === 1);
  assert.deepEqual(answers, [ACK]);
  await soon("the end", () => door.report.open === 0);
});

test("garbage, plain clients and probes harm nobody, and hold no place once they are gone", async (t) => {
  const { door, open, lines, sockets } = await openDoor(t);
  for (const bytes of [frame("hello"), Buffer.from("GET / HTTP/1.1\r\n\r\n"), Buffer.alloc(1_000, 0x16), null]) {
    const socket = connectTcp(door.port, "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => {});
    socket.resume();
    await once(socket, "connect");
    if (bytes === null) socket.end();
    else socket.write(bytes);
    await once(socket, "close");
  }
  await soon("the counts", () => door.report.failedHandshakes === 4);
  await soon("the line", () => lines.length === 1);
  assert.equal(lines[0]?.message, "TLS handshake failed");
  assert.equal(await acknowledged(open()), true);
  assert.deepEqual([door.report.open, door.report.connections], [1, 1]);
});

test("clients in a handshake take a place, and are cut at a stop", async (t) => {
  const { door, open, sockets } = await openDoor(t);
  for (let n = 0; n < 3; n++) {
    const silent = connectTcp(door.port, "127.0.0.1");
    sockets.push(silent);
    await once(silent, "connect");
  }
  await once(open(), "close");
  assert.equal(door.report.refusedConnections, 1);
});

test("a certificate that is read anew holds for who comes then; who is connected stays", async (t) => {
  const { door, open, put, lines } = await openDoor(t);
  const before = open();
  assert.equal(await acknowledged(before), true);
  put(certificate("renewed", AUTHORITY, 2_100_000_000));
  assert.equal(await door.reload(), true);
  assert.deepEqual(lines, [{ message: "TLS certificate read anew", not_after: "2036-07-18T13:20:00.000Z" }]);
  assert.equal(door.report.notAfter, 2_100_000_000);
  const after = open();
  assert.equal(await acknowledged(after), true);
  assert.equal(after.getPeerCertificate().subject.CN, "renewed");
  assert.equal(await acknowledged(before), true);
});

test("a bad pair keeps the old one, and says which file is wrong", async (t) => {
  const { door, open, put, lines, paths } = await openDoor(t);
  const errors: string[] = [];
  const reload = async (): Promise<void> => {
    assert.equal(await door.reload(), false);
    const { message, error } = lines.splice(0)[0] ?? {};
    assert.equal(message, "the TLS certificate is not read anew, the old one stays");
    errors.push(String(error));
  };
  put({ cert: certificate("other", AUTHORITY).cert, key: SERVER.key });
  await reload();
  writeFileSync(paths.cert, "no certificate");
  await reload();
  rmSync(paths.cert);
  await reload();
  put(certificate("good", AUTHORITY));
  const der = new X509Certificate(AUTHORITY.cert).raw;
  for (const ca of ["no authority", der, AUTHORITY.cert + AUTHORITY.cert.slice(0, 300)]) {
    writeFileSync(paths.ca, ca);
    await reload();
  }
  const pair = `--tls-key ${paths.key} (for --tls-cert ${paths.cert})`;
  assert.equal(errors[0], `cannot use ${pair}: key values mismatch`);
  assert.match(errors[1] ?? "", /^cannot use --tls-cert .*: no start line: a file in PEM has a line -----BEGIN/);
  assert.match(errors[2] ?? "", /^cannot read --tls-cert .*: ENOENT/);
  assert.match(errors[3] ?? "", /^cannot use --tls-ca .*: no start line: /);
  assert.match(errors[4] ?? "", /^cannot use --tls-ca .*: no start line: /, "in DER");
  assert.match(errors[5] ?? "", /^cannot use --tls-ca .*: bad end line$/, "the second of two is cut short");
  const socket = open();
  assert.equal(await acknowledged(socket), true);
  assert.equal(socket.getPeerCertificate().subject.CN, "server");
});

test("a start without a usable certificate is an error that names the option and the file", async (t) => {
  await assert.rejects(openDoor(t, { server: { cert: SERVER.cert, key: "nonsense" } }), (error) => {
    assert.ok(error instanceof FastTsError && error.code === "FTS_START");
    assert.match(error.message, /^cannot use --tls-key .*key\.pem \(for --tls-cert .*\): /);
    return true;
  });
});
