import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { encodeFrame, encodeMsg, type WireMsg } from "../../src/wire/codec.ts";
import { ACK } from "../../src/wire/frames.ts";
import { type Certified, certificate } from "../doors/certificates.ts";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";
import { fastTs } from "./fast-ts.ts";

const ROUTES = {
  "show.ts": `import { index, pipeline, stdout } from "fast-ts";\npipeline("show", [index(), stdout()]);`,
};
const AUTHORITY = certificate("authority");

/** Files of a listener that asks for clients' certificates, and the flags that name them. */
function tlsFiles(t: TestContext, server: Certified) {
  const dir = routeDir(t, { "cert.pem": server.cert, "key.pem": server.key, "ca.pem": AUTHORITY.cert });
  const [cert, key, ca] = ["cert.pem", "key.pem", "ca.pem"].map((name) => join(dir, name)) as [string, string, string];
  return { cert, key, flags: ["--tls-port", "0", "--tls-cert", cert, "--tls-key", key, "--tls-ca", ca] };
}

async function secure(t: TestContext, port: number, client: Certified | null): Promise<TLSSocket> {
  const options = client === null ? {} : { cert: client.cert, key: client.key };
  const socket = connect({ host: "127.0.0.1", port, ca: AUTHORITY.cert, ...options });
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

async function sendDatagram(port: number, bytes: Buffer): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise((resolve) => socket.send(bytes, port, "127.0.0.1", resolve));
  socket.close();
}

function message(service: string, time = 1_700_000_000): WireMsg {
  return { events: [{ service, host: "h", time, metric_d: 1.5, tags: ["t"], attributes: [{ key: "k", value: "v" }] }] };
}

test("an event is the same by TCP, UDP and TLS: in the pipelines, in a capture and in its replay", async (t) => {
  const { flags } = tlsFiles(t, certificate("server", AUTHORITY));
  const capture = join(routeDir(t, {}), "capture");
  const daemon = await DaemonProcess.start(t, ROUTES, [...flags, "--record", capture]);
  const { udp, tls } = await daemon.logged("listening");
  assert.equal(udp, daemon.port, "with --port 0 both have one number");
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  assert.equal((await client.ask(message("tcp"))).ok, true);
  await sendDatagram(Number(udp), encodeMsg(message("udp")));
  const socket = await secure(t, Number(tls), certificate("client", AUTHORITY));
  socket.write(encodeFrame(message("tls")));
  assert.deepEqual((await once(socket, "data"))[0], ACK);
  await daemon.until("all events", () => daemon.printed.length === 3);
  const found = await client.find('host = "h"');
  assert.deepEqual(found.map(({ service }) => service).toSorted(), ["tcp", "tls", "udp"]);
  await daemon.stop();
  const replay = await fastTs(["replay", capture, "--route-dir", daemon.dir]);
  const replayed = replay.out
    .trimEnd()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.stringify(JSON.parse(line).event));
  assert.deepEqual(replayed.toSorted(), daemon.printed.toSorted());
  const [one = ""] = daemon.printed;
  const service = /"service":"\w+"/;
  for (const line of daemon.printed) assert.equal(line.replace(service, ""), one.replace(service, ""));
});

test("a UDP port that is taken fails the start, which says how to do without; a free one may be named", async (t) => {
  const daemon = await DaemonProcess.start(t, ROUTES);
  const args = (...more: string[]) => [
    "start",
    "--route-dir",
    daemon.dir,
    "--port",
    "0",
    "--http-port",
    "off",
    ...more,
  ];
  const { code, err } = await fastTs(args("--udp-port", String(daemon.port)));
  assert.equal(code, 1);
  assert.match(err, /cannot listen on 127\.0\.0\.1:\d+ \(UDP\): the port is in use; .*--udp-port off/);
  const other = await DaemonProcess.start(t, ROUTES, ["--udp-port", "off"]);
  assert.equal((await other.logged("listening")).udp, null);
});

test("--allow keeps others out of every door, --tcp-queries out of the index", async (t) => {
  const { flags } = tlsFiles(t, certificate("server", AUTHORITY));
  const daemon = await DaemonProcess.start(t, ROUTES, [...flags, "--allow", "10.0.0.0/8,::1"]);
  const client = await Client.open(daemon.port);
  await client.closed();
  await sendDatagram(daemon.port, encodeMsg(message("udp")));
  await daemon.until("both to be told", () => daemon.linesOf("address not allowed").length === 2);
  const peers = daemon.linesOf("address not allowed").map(({ door, peer }) => [door, String(peer).split(":")[0]]);
  assert.deepEqual(peers.toSorted(), [
    ["tcp", "127.0.0.1"],
    ["udp", "127.0.0.1"],
  ]);
  const open = await DaemonProcess.start(t, ROUTES, ["--allow", "127.0.0.0/8", "--tcp-queries", "off"]);
  const asking = await Client.open(open.port);
  t.after(() => asking.close());
  const refused = await asking.ask({ query: { string: "true" } });
  assert.equal(refused.error, "queries are not taken from this address: see --tcp-queries");
  assert.equal((await asking.ask(message("still"))).ok, true);
  assert.deepEqual(daemon.printed, []);
});

test("clients without a right certificate stay out, and SIGHUP reads the files anew", async (t) => {
  const { cert, key, flags } = tlsFiles(t, certificate("before", AUTHORITY));
  const daemon = await DaemonProcess.start(t, ROUTES, flags);
  const port = Number((await daemon.logged("listening")).tls);
  const client = certificate("client", AUTHORITY);
  const stranger = await secure(t, port, certificate("stranger"));
  stranger.on("error", () => {}); // it may be reset
  stranger.write(encodeFrame(message("stranger")));
  await new Promise((resolve) => stranger.once("close", resolve));
  assert.match(String((await daemon.logged("TLS handshake failed")).reason), /certificate/);
  const first = await secure(t, port, client);
  assert.equal(first.getPeerCertificate().subject.CN, "before");
  writeFileSync(cert, certificate("wrong", AUTHORITY).cert);
  daemon.signal("SIGHUP");
  const kept = await daemon.logged("the TLS certificate is not read anew, the old one stays");
  assert.match(String(kept.error), /--tls-key .*key values mismatch/);
  const after = certificate("after", AUTHORITY);
  writeFileSync(cert, after.cert);
  writeFileSync(key, after.key);
  daemon.signal("SIGHUP");
  await daemon.logged("TLS certificate read anew");
  const second = await secure(t, port, client);
  assert.equal(second.getPeerCertificate().subject.CN, "after");
  for (const socket of [first, second]) {
    socket.write(encodeFrame(message("well")));
    assert.deepEqual((await once(socket, "data"))[0], ACK);
  }
});
