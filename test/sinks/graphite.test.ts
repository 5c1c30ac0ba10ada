import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { FastTsError } from "../../src/errors.ts";
import { type GraphiteOptions, graphite } from "../../src/sinks/graphite.ts";
import { defaultPath } from "../../src/sinks/graphite-line.ts";
import { Outside } from "./outside.ts";

/** A server of lines, as carbon: it never answers. */
class Lines {
  text = "";
  readonly sockets = new Set<Socket>();
  server: Server = createServer();

  async open(port = 0): Promise<number> {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on("data", (bytes) => {
        this.text += bytes;
      });
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}

async function withLines(
  options: GraphiteOptions,
  work: (outside: Outside, lines: Lines, port: number) => Promise<void>,
): Promise<void> {
  const lines = new Lines();
  const port = await lines.open();
  const outside = new Outside([graphite(`127.0.0.1:${port}`, options)], "graphite#0");
  try {
    await work(outside, lines, port);
  } finally {
    outside.close();
    await lines.close();
  }
}

test("a path is the host's labels in reverse, then the words of the service", () => {
  const paths: [string | null, string | null, string][] = [
    ["www.example.com", "api req 0.95", "com.example.www.api.req.95"],
    ["web-1", "cpu", "web-1.cpu"],
    [null, "cpu", "cpu"],
    ["a.b", null, "b.a"],
    ["h", "latency 0.5", "h.latency.5"],
    ["h", "disk /var 10", "h.disk./var.10"],
  ];
  const pathOf = defaultPath();
  for (const [host, service, path] of paths) assert.equal(pathOf(event({ host, service, time: 0 })), path);
});

test("lines are path, value and whole seconds; what has no finite metric is refused", async () => {
  await withLines({}, async (outside, lines) => {
    outside.offer(
      { host: "a.b", service: "cpu load", metric: 0.1 + 0.2, time: 1_700_000_000.9 },
      { service: "none" },
      { service: "nan", metric: Number.NaN },
      { host: "h", service: "n", metric: -12, time: 5 },
    );
    await outside.settled();
    assert.deepEqual(lines.lines, ["b.a.cpu.load 0.30000000000000004 1700000000", "h.n -12 5"]);
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [2, 2]);
  });
});

test("attributes are tags when they are asked for, and nothing breaks a line", async () => {
  await withLines({ tags: true, path: ({ service }) => `x ${service}` }, async (outside, lines) => {
    outside.offer({ service: "a\nb 1 2", metric: 1, time: 5, attributes: { zone: "eu west", "b;c": "~d", empty: "" } });
    await outside.settled();
    assert.deepEqual(lines.lines, ["x_a_b_1_2;zone=eu_west;b_c=_d 1 5"]);
  });
});

// https://github.com/graphite-project/carbon/blob/1.1.10/lib/carbon/protocols.py: a LineOnlyReceiver of Twisted
test("what carbon would not take is refused alone, before it closes the connection", async () => {
  await withLines({}, async (outside, lines) => {
    const longest = "é".repeat((16_384 - " 1 5\n".length) / 2);
    outside.offer(
      { service: "before", metric: 1, time: 5 },
      { service: `${longest}é`, metric: 1, time: 5 },
      { service: "", metric: 1, time: 5 },
      { service: longest, metric: 1, time: 5 },
    );
    await outside.settled();
    assert.deepEqual(lines.lines, ["before 1 5", `${longest} 1 5`]);
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [2, 2]);
  });
});

test("what was written to a connection that broke is written again", async () => {
  await withLines({}, async (outside, lines, port) => {
    outside.offer({ service: "first", metric: 1, time: 1 });
    await outside.settled();
    await lines.close();
    outside.offer({ service: "second", metric: 2, time: 2 });
    await outside.until(({ pending }) => pending === 1);
    await lines.open(port);
    await outside.settled();
    assert.ok(lines.lines.includes("second 2 2"));
    assert.equal(outside.report.delivered, 2);
  });
});

test("many lines flow without waiting for the quiet second", async () => {
  await withLines({ batch: { events: 100 } }, async (outside, lines) => {
    outside.offer(...Array.from({ length: 5_000 }, (_, i) => ({ service: `s${i}`, metric: i, time: i })));
    await outside.settled();
    assert.deepEqual(
      lines.lines,
      Array.from({ length: 5_000 }, (_, i) => `s${i} ${i} ${i}`),
    );
  });
});

test("a wrong address says what it must be", () => {
  for (const target of ["http://a", "a:b", "", 5])
    assert.throws(
      () => graphite(target as string),
      (error) =>
        error instanceof FastTsError &&
        /graphite\(target\): must be an address such as "graphite.example.com:2003", got/.test(error.message),
    );
});
