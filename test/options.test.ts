import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { FastTsError } from "../src/errors.ts";
import { OPTIONS } from "../src/options.ts";
import { readFlags, resolveOptions, unknownVariables } from "../src/resolve-options.ts";
import type { DaemonOptions } from "../src/settings.ts";

const refused = (message: string) => (error: unknown) => {
  assert.ok(error instanceof FastTsError);
  assert.deepEqual([error.code, error.message], ["FTS_OPTION", message]);
  return true;
};

test("without options and environment every setting has its default", () => {
  assert.deepEqual(resolveOptions({}, {}), {
    host: "127.0.0.1",
    port: 5555,
    udpPort: 5555,
    udpBuffer: 4_194_304,
    tlsPort: false,
    tlsCert: false,
    tlsKey: false,
    tlsCa: false,
    tlsClient: "none",
    allow: ["0.0.0.0/0", "::/0"],
    tcpQueries: true,
    httpHost: "127.0.0.1",
    httpPort: 5556,
    httpToken: false,
    httpTokenFile: false,
    httpOpen: false,
    httpAllowHost: [],
    httpOrigin: [],
    routeDir: "routes",
    watch: true,
    settle: 5,
    workers: availableParallelism(),
    maxFrame: 16_777_216,
    maxConnections: 10_000,
    inbox: 16_384,
    maxStateBytes: "auto",
    defaultTtl: 60,
    maxAhead: 60,
    timeUnits: "on",
    partitionKey: "host",
    record: false,
    recordSize: 67_108_864,
    recordFiles: 4,
    data: false,
    silences: false,
    state: false,
    stateInterval: 10,
    journal: false,
    journalSync: "1s",
    journalBytes: 4_294_967_296,
    stopDeadline: 10,
    logLevel: "info",
    logFormat: "auto",
  });
});

test("an option wins over the environment, the environment over the default", () => {
  const env = { FTS_WORKERS: "3", FTS_INBOX: "5", FTS_WATCH: "off", FTS_HTTP_PORT: "off", FTS_STOP_DEADLINE: "2.5" };
  const { workers, inbox, watch, httpPort, stopDeadline } = resolveOptions({ workers: 0 }, env);
  assert.deepEqual([workers, inbox, watch, httpPort, stopDeadline], [0, 5, false, false, 2.5]);
});

test("PORT sets the port unless FTS_PORT does", () => {
  assert.equal(resolveOptions({}, { PORT: "80" }).port, 80);
  assert.equal(resolveOptions({}, { PORT: "80", FTS_PORT: "81" }).port, 81);
});

test("the HTTP listener opens at the daemon's host unless told otherwise", () => {
  assert.equal(resolveOptions({ host: "0.0.0.0" }, {}).httpHost, "0.0.0.0");
  assert.equal(resolveOptions({}, { FTS_HOST: "::" }).httpHost, "::");
  assert.equal(resolveOptions({ host: "0.0.0.0" }, { FTS_HTTP_HOST: "127.0.0.1" }).httpHost, "127.0.0.1");
});

test("UDP takes the number of TCP unless told otherwise", () => {
  assert.equal(resolveOptions({ port: 0 }, {}).udpPort, 0);
  assert.equal(resolveOptions({}, { PORT: "80" }).udpPort, 80);
  assert.equal(resolveOptions({ port: 1 }, { FTS_UDP_PORT: "off" }).udpPort, false);
  assert.equal(resolveOptions({ port: 1, udpPort: 2 }, {}).udpPort, 2);
});

test("TLS opens once there is a certificate, and clients need one once there is an authority", () => {
  const pair = { tlsCert: "cert.pem", tlsKey: "key.pem" };
  const of = (more: DaemonOptions) => {
    const { tlsPort, tlsClient } = resolveOptions({ ...pair, ...more }, {});
    return [tlsPort, tlsClient];
  };
  assert.deepEqual(of({}), [5554, "none"]);
  assert.deepEqual(of({ tlsPort: false }), [false, "none"]);
  assert.deepEqual(of({ tlsPort: 0, tlsCa: "ca.pem" }), [0, "require"]);
  assert.deepEqual(of({ tlsCa: "ca.pem", tlsClient: "none" }), [5554, "none"]);
});

for (const [given, message] of [
  [{ tlsCert: "c" }, "--tls-cert c needs its private key: --tls-key FILE"],
  [{ tlsKey: "k" }, "--tls-key k needs its certificate: --tls-cert FILE"],
  [{ journalSync: "always" }, "--journal-sync always needs the journal that it is about: --journal DIR"],
  [{ journal: "j" }, "--journal j needs the state that it is read on from: --state DIR, or --data DIR"],
  [{ journal: "j", data: "d", workers: 0 }, "--journal j needs a worker to read it again: --workers 1 or more"],
  [{ journal: "j", state: "./j/" }, "--journal j is the directory of --state, too: give each one of its own"],
  [
    { journal: "d/../d", data: "d" },
    "--journal d/../d is where --data d keeps its own: name another directory, such as d/journal",
  ],
  [
    { state: "d/spill/s", data: "d" },
    "--state d/spill/s is where --data d keeps its own: name another directory, such as d/state",
  ],
  [{ tlsPort: 5554 }, "--tls-port 5554 needs --tls-cert FILE and --tls-key FILE"],
  [
    { tlsCert: "c", tlsKey: "k", tlsClient: "request" },
    "--tls-client request needs those who sign the clients' certificates: --tls-ca FILE",
  ],
] as const)
  test(`options that do not go together are refused: ${message}`, () => {
    assert.throws(() => resolveOptions(given, {}), refused(message));
  });

test("an empty variable and an option that is undefined count as not given", () => {
  assert.equal(resolveOptions({ port: undefined }, { FTS_PORT: "" }).port, 5555);
});

test("a wrong option of start() is named with its rule and value", () => {
  assert.throws(
    () => resolveOptions({ port: 70_000 }, {}),
    refused("start({ port }): must be a whole number from 0 to 65535, got 70000"),
  );
  assert.throws(
    () => Reflect.apply(resolveOptions, null, [{ workers: "2" }, {}]),
    refused('start({ workers }): must be a whole number from 0 to 1024, got "2" (a string)'),
  );
  assert.throws(
    () => Reflect.apply(resolveOptions, null, [{ httpPort: "off" }, {}]),
    refused('start({ httpPort }): must be a whole number from 0 to 65535, or off, got "off": in code it is false'),
  );
  assert.throws(
    () => Reflect.apply(resolveOptions, null, [{ prot: 1 }, {}]),
    refused(`start({ prot }): there is no such option; there are ${Object.keys(OPTIONS).join(", ")}`),
  );
});

for (const [name, value, rule] of [
  ["FTS_PORT", "many", "a whole number from 0 to 65535"],
  ["PORT", "-1", "a whole number from 0 to 65535"],
  ["FTS_WATCH", "perhaps", "true or false"],
  ["FTS_MAX_FRAME", "0x10", "a whole number from 1024 to 2147483647"],
  ["FTS_HTTP_PORT", "no", "a whole number from 0 to 65535, or off"],
  ["FTS_STOP_DEADLINE", "0", "a number of seconds > 0"],
  ["FTS_DEFAULT_TTL", "-1", "a number of seconds > 0"],
  ["FTS_DEFAULT_TTL", "Infinity", "a number of seconds > 0"],
  ["FTS_DEFAULT_TTL", "1e", "a number of seconds > 0"],
  ["FTS_DEFAULT_TTL", ".", "a number of seconds > 0"],
  ["FTS_DEFAULT_TTL", " ", "a number of seconds > 0"],
  ["FTS_INBOX", "1.5e0", "a whole number >= 1"],
  ["FTS_RECORD_FILES", "0", "a whole number from 1 to 1000"],
  ["FTS_LOG_LEVEL", "loud", "one of debug, info, warn, error, silent"],
] as const) {
  test(`the variable ${name}=${value} is refused by name`, () => {
    assert.throws(() => resolveOptions({}, { [name]: value }), refused(`${name}: must be ${rule}, got "${value}"`));
  });
}

test("numbers are read as JavaScript writes decimals, with exponents", () => {
  const ttl = (text: string): number | undefined => readFlags({ "default-ttl": text }).defaultTtl;
  assert.deepEqual(["60", "1e-9", "1.5e-3", "2E+1", ".5", "5.", " 3 "].map(ttl), [60, 1e-9, 0.0015, 20, 0.5, 5, 3]);
  assert.equal(readFlags({ "max-frame": "1e6" }).maxFrame, 1_000_000);
  assert.throws(() => ttl("1e999"), refused('--default-ttl: must be a number of seconds > 0, got "1e999"'));
});

test("flags are read by the same rules, and named as flags", () => {
  const given = readFlags({ workers: "0", "http-port": "off", watch: false, "route-dir": "r" });
  const expected: DaemonOptions = { workers: 0, httpPort: false, watch: false, routeDir: "r" };
  assert.deepEqual(JSON.parse(JSON.stringify(given)), expected);
  assert.throws(
    () => readFlags({ "max-frame": "1k" }),
    refused('--max-frame: must be a whole number from 1024 to 2147483647, got "1k"'),
  );
});

test("a list has commas in between, and each of it keeps the rule", () => {
  assert.deepEqual(resolveOptions({}, { FTS_HTTP_ALLOW_HOST: "fast-ts, fast-ts.default.svc" }).httpAllowHost, [
    "fast-ts",
    "fast-ts.default.svc",
  ]);
  assert.throws(
    () => readFlags({ "http-allow-host": "fast-ts:5556" }),
    refused(
      '--http-allow-host: must be a list of which each is the name of a machine, without a port, got "fast-ts:5556"',
    ),
  );
  assert.throws(
    () => readFlags({ "http-origin": "https://dash.example.com/x" }),
    refused(
      '--http-origin: must be a list of which each is an origin such as https://dash.example.com, got "https://dash.example.com/x"',
    ),
  );
});

test("networks and who may ask are read and checked", () => {
  assert.deepEqual(readFlags({ allow: "10.0.0.0/8, ::1" }).allow, ["10.0.0.0/8", "::1"]);
  const queries = (text: string) => readFlags({ "tcp-queries": text }).tcpQueries;
  assert.deepEqual(["on", "off", "127.0.0.1"].map(queries), [true, false, ["127.0.0.1"]]);
  const rule = "an IP address or a network such as 10.0.0.0/8";
  for (const wrong of ["10.0.0.0/33", "10.0.0/8", "host", "::1/129", "1.2.3.4/", "1.2.3.4/8/8", ""])
    assert.throws(
      () => readFlags({ allow: wrong }),
      refused(`--allow: must be a list of which each is ${rule}, got ${JSON.stringify(wrong)}`),
    );
  assert.throws(
    () => queries("perhaps"),
    refused(`--tcp-queries: must be on, off, or a list of which each is ${rule}, got "perhaps"`),
  );
});

test("a token that is wrong is not shown", () => {
  for (const read of [
    () => readFlags({ "http-token": "two words" }),
    () => resolveOptions({}, { FTS_HTTP_TOKEN: "two words" }),
  ])
    assert.throws(
      read,
      (error) =>
        error instanceof FastTsError && /must be printable ASCII/.test(error.message) && !/two/.test(error.message),
    );
});

test("a flag given twice is refused", () => {
  assert.throws(
    () => readFlags({ host: ["a", "b"] }),
    refused('--host: must be a string that is not empty, got ["a","b"]'),
  );
});

test("variables that look like ours and are not are found", () => {
  const env = { FTS_PROT: "1", FTS_PORT: "1", FTS_SMTP_URL: "x", PATH: "", FTS_HTTP_TOKN: "x", FTS_X: "" };
  assert.deepEqual(unknownVariables(env), [
    { name: "FTS_PROT", meant: "FTS_PORT" },
    { name: "FTS_HTTP_TOKN", meant: "FTS_HTTP_TOKEN" },
    { name: "FTS_X", meant: null },
  ]);
});

test("where an option is missing, a variable that may have been meant is named", () => {
  const message = "--tls-key k needs its certificate: --tls-cert FILE; FTS_TLS_CRT: did you mean FTS_TLS_CERT?";
  assert.throws(() => resolveOptions({}, { FTS_TLS_CRT: "c", FTS_TLS_KEY: "k" }), refused(message));
});

test("silences are in the directory of data unless it is said where", () => {
  const of = (given: DaemonOptions, env = {}) => resolveOptions(given, env).silences;
  assert.equal(of({}), false);
  assert.equal(of({}, { FTS_DATA: "/var/lib/fast-ts" }), "/var/lib/fast-ts/silences.json");
  assert.equal(of({ data: "d", silences: "s.json" }), "s.json");
  assert.equal(of({ data: "d" }, { FTS_SILENCES: "off" }), false);
});
