import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createConnection } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { certificate } from "../doors/certificates.ts";
import { command, hasProgram } from "./command.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";
import { PRINTING, printedEvent } from "./printing.ts";

/** Those that run for long, and are not installed everywhere: by hand. */
const skip = process.env.FTS_ALL_CLIENTS === "1" ? false : "FTS_ALL_CLIENTS=1 runs it";

/** A daemon with all doors that asks for clients' certificates, and the files of a client. */
async function startAll(t: TestContext) {
  const authority = certificate("authority");
  const [server, client] = [certificate("server", authority), certificate("client", authority)];
  const dir = routeDir(t, {
    "ca.pem": authority.cert,
    "server.pem": server.cert,
    "server-key.pem": server.key,
    "client.pem": client.cert,
    "client-key.pem": client.key,
  });
  const file = (name: string): string => join(dir, `${name}.pem`);
  const pair = ["--tls-cert", file("server"), "--tls-key", file("server-key"), "--tls-ca", file("ca")];
  const daemon = await DaemonProcess.start(t, { "print.ts": PRINTING }, ["--tls-port", "0", ...pair]);
  const tls = Number((await daemon.logged("listening")).tls);
  return { daemon, tls, dir, ca: file("ca"), cert: file("client"), key: file("client-key") };
}

/** Runs a program that does not end by itself, until the test does. */
function running(t: TestContext, name: string, args: readonly string[]): void {
  const child = spawn(name, args, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
}

test("riemann-client over UDP, and over TLS with a certificate, queries too", async (t) => {
  if (!hasProgram(t, "riemann-client", "riemann-c-client")) return;
  const { daemon, tls, ca, cert, key } = await startAll(t);
  const send = (words: string[], service: string, port: number) =>
    command("riemann-client", ["send", ...words, "-S", service, "-i", "7", "127.0.0.1", String(port)]);
  assert.equal((await send(["-U"], "udp", daemon.port)).code, 0);
  assert.equal((await printedEvent(daemon, "udp")).metric, 7);
  const secure = ["-G", "-o", `cafile=${ca}`, "-o", `certfile=${cert}`, "-o", `keyfile=${key}`];
  const sent = await send(secure, "tls", tls);
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal((await printedEvent(daemon, "tls")).metric, 7);
  const asked = await command("riemann-client", ["query", ...secure, "true", "127.0.0.1", String(tls)]);
  assert.match(asked.stdout + asked.stderr, /no index/);
  assert.notEqual((await send(["-G", "-o", `cafile=${ca}`], "none", tls)).code, 0, "it has no certificate");
});

for (const type of ["udp", "tls"] as const) {
  test(`collectd over ${type}`, { skip }, async (t) => {
    const { daemon, tls, dir, ca, cert, key } = await startAll(t);
    const files = `TLSCAFile "${ca}"\nTLSCertFile "${cert}"\nTLSKeyFile "${key}"\n`;
    const node = [
      `<Node "n">\nHost "127.0.0.1"\nPort "${type === "tls" ? tls : daemon.port}"\nProtocol ${type.toUpperCase()}`,
      `${type === "tls" ? files : ""}Batch false\n</Node>`,
    ].join("\n");
    const socket = join(dir, "socket");
    const conf = `Hostname "host-cd"\nFQDNLookup false\nBaseDir "${dir}"\nPIDFile "${dir}/pid"
PluginDir "/usr/lib/collectd"\nTypesDB "/usr/share/collectd/types.db"\nLoadPlugin unixsock
<Plugin unixsock>\nSocketFile "${socket}"\nSocketGroup "root"\n</Plugin>
LoadPlugin write_riemann\n<Plugin write_riemann>\n${node}\n</Plugin>\n`;
    running(t, "collectd", ["-f", "-C", join(routeDir(t, { "c.conf": conf }), "c.conf")]);
    await daemon.until("collectd to listen", () => asked(socket, "PUTVAL host-cd/app/gauge-x interval=10 N:21.5"));
    assert.equal((await printedEvent(daemon, "app/gauge-x")).metric, 21.5);
  });

  test(`syslog-ng over ${type}`, { skip }, async (t) => {
    const { daemon, tls, dir, ca, cert, key } = await startAll(t);
    const port = type === "tls" ? tls : daemon.port;
    const secure = `type("tls" ca-file("${ca}") cert-file("${cert}") key-file("${key}"))`;
    const conf = `@version: 3.38
source s { file("${join(dir, "in.log")}" follow-freq(0.2) flags(no-parse)); };
parser p { csv-parser(columns("S","M") delimiters(",")); };
destination r { riemann(server("127.0.0.1") port(${port}) ${type === "tls" ? secure : 'type("udp")'}
  service("\${S}") metric(double("\${M}")) timeout(5)); };
log { source(s); parser(p); destination(r); };
`;
    const made = routeDir(t, { "s.conf": conf });
    await command("sh", ["-c", `printf 'one,1.5\\ntwo,-3\\n' > ${join(dir, "in.log")}`]);
    const state = ["-R", join(made, "persist"), "-p", join(made, "pid"), "-c", join(made, "ctl")];
    running(t, "syslog-ng", ["-F", "-f", join(made, "s.conf"), "--no-caps", ...state]);
    assert.equal((await printedEvent(daemon, "one")).metric, 1.5);
    assert.equal((await printedEvent(daemon, "two")).metric, -3);
  });
}

/** Whether collectd has taken the line. */
function asked(path: string, line: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => socket.write(`${line}\n`));
    socket.on("error", () => resolve(false));
    socket.once("data", (bytes) => {
      socket.destroy();
      resolve(bytes.toString().startsWith("0"));
    });
  });
}
