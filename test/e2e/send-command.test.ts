import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { addressOf, server } from "./fake-server.ts";
import { fastTs, fastTsHere } from "./fast-ts.ts";

test("an event has the fields of the flags, and nothing is printed when it is acknowledged", async () => {
  const { at, messages, close } = await server({ ok: true });
  const flags =
    "--host h --service s --state ok --metric 5 --ttl 6e1 --time 1.5 --tag a --tag b --attribute k=v=w".split(" ");
  assert.deepEqual(await fastTsHere(["send", at, ...flags, "--description", "two words"]), {
    code: 0,
    out: "",
    err: "",
  });
  assert.deepEqual(messages, [
    {
      events: [
        {
          host: "h",
          service: "s",
          state: "ok",
          description: "two words",
          metric_sint64: "5",
          time: "1",
          time_micros: "1500000",
          ttl: 60,
          tags: ["a", "b"],
          attributes: [{ key: "k", value: "v=w" }],
        },
      ],
    },
  ]);
  close();
});

test("a negative metric is a value, not a flag", async () => {
  const { at, messages, close } = await server({ ok: true });
  assert.equal((await fastTsHere(["send", at, "--metric", "-2.5"])).code, 0);
  assert.deepEqual(messages, [{ events: [{ metric_d: -2.5 }] }]);
  close();
});

test("the lines of stdin are events, also the last one without a line end, and the first behind a BOM", async () => {
  const { at, messages, close } = await server({ ok: true });
  const input = '\uFEFF{"service":"a","metric":1}\n\n{"service":"b","metric":null}\r\n{"service":"c"}';
  assert.deepEqual(await fastTs(["send", at, "--stdin"], input), { code: 0, out: "", err: "" });
  assert.deepEqual(
    messages.flatMap(({ events = [] }) => events.map(({ service }) => service)),
    ["a", "b", "c"],
  );
  close();
});

test("a wrong line of stdin is named, and those before it are sent", async () => {
  const { at, messages, close } = await server({ ok: true });
  const lines = Array.from({ length: 400 }, (_, n) => (n === 398 ? '{"metrc":1}' : `{"service":"${n}"}`));
  const { code, err } = await fastTs(["send", at, "--stdin"], lines.join("\n"));
  const says =
    'stdin, line 399: there is no field "metrc"; put it into attributes; the first 398 events were acknowledged';
  assert.deepEqual([code, err], [2, `fast-ts: ${says}\n`]);
  assert.equal(messages.flatMap(({ events = [] }) => events).length, 398);
  close();
});

test("events of stdin that are not acknowledged are counted", async () => {
  for (const [answer, says] of [
    ["hang up", "keeps this client out"],
    [{ ok: false, error: "overload" }, "refused: overload"],
  ] as const) {
    const { at, close } = await server(answer);
    const { code, err } = await fastTs(["send", at, "--stdin"], '{"service":"a"}\n{"service":"b"}\n');
    const far = "no event was acknowledged; the next 2 were sent and not acknowledged";
    assert.deepEqual([code, err.endsWith(`${says}; ${far}\n`)], [1, true], err);
    close();
  }
});

test("the server's error is printed, and the exit code is 1", async () => {
  const { at, close } = await server({ ok: false, error: "overload" });
  assert.deepEqual(await fastTsHere(["send", at, "--service", "s"]), {
    code: 1,
    out: "",
    err: `fast-ts: ${at} refused: overload\n`,
  });
  close();
});

test("of one event that was acknowledged, one is said", async () => {
  const { at, close } = await server({ ok: true });
  const { err } = await fastTs(["send", at, "--stdin"], '{"service":"a"}\n5\n');
  assert.match(err, /; the first event was acknowledged\n$/);
  close();
});

test("a server that is not there is one line, and the exit code is 1", async () => {
  const { at, close } = await server({});
  close();
  const { code, err } = await fastTsHere(["send", at, "--service", "s"]);
  assert.equal(code, 1);
  assert.match(err, /^fast-ts: cannot reach 127\.0\.0\.1:\d+: .*ECONNREFUSED.*; nothing listens on that port: .*\n$/);
});

for (const [protocol, answer] of [
  ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["TLS", Buffer.from([0x15, 3, 3, 0, 2, 2, 0x46])],
] as const)
  test(`a port for ${protocol} is told from one for Riemann clients`, async () => {
    const listener = createServer((socket) => socket.end(answer)).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const at = addressOf(listener);
    const { code, err } = await fastTsHere(["send", at, "--service", "s"]);
    listener.close();
    const way = "the port for Riemann clients is that of start --port, 5555 by default";
    assert.deepEqual([code, err], [1, `fast-ts: ${at}: the answer is ${protocol}; ${way}\n`]);
  });

test("a server that hangs up is one line that says why it may have", async () => {
  const { at, close } = await server("hang up");
  assert.deepEqual(await fastTsHere(["send", at, "--service", "s"]), {
    code: 1,
    out: "",
    err:
      `fast-ts: ${at}: the server closed the connection; its log says why: ` +
      "it may be stopping, or --allow or --max-connections keeps this client out\n",
  });
  close();
});

test("the port is that of --port, or FTS_PORT as for start", async () => {
  const { at, messages, close } = await server({ ok: true });
  const port = String(at.split(":").at(-1));
  assert.equal((await fastTsHere(["send", "--port", port, "--service", "a"])).code, 0);
  assert.equal((await fastTs(["send", "localhost", "--service", "b"], "", { FTS_PORT: port })).code, 0);
  assert.equal((await fastTs(["send", at, "--service", "c"], "", { FTS_PORT: "1" })).code, 0);
  assert.deepEqual(
    messages.flatMap(({ events = [] }) => events.map(({ service }) => service)),
    ["a", "b", "c"],
  );
  close();
});

test("an IPv6 address is given, and shown, in brackets", async () => {
  const { code, err } = await fastTsHere(["send", "[::1]:1", "--service", "s"]);
  assert.equal(code, 1);
  assert.match(err, /^fast-ts: cannot reach \[::1\]:1: /);
});
