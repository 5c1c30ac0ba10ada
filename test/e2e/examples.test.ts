import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { page } from "../pages.ts";
import { ROOT } from "../sources.ts";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { fastTs } from "./fast-ts.ts";

const EXAMPLES = join(ROOT, "examples");

test("the examples are right, and so are their tests", async () => {
  const check = await fastTs(["check", EXAMPLES]);
  assert.equal(check.code, 0, check.out);
  const last = check.out.trimEnd().split("\n").at(-1);
  assert.ok(page("README.md").includes(`$ npx fast-ts check examples | tail -1\n${last}\n`), check.out);
  const tests = await fastTs(["test", EXAMPLES]);
  assert.equal(tests.code, 0, tests.out + tests.err);
  assert.match(tests.out, /^ℹ pass [1-9]/m);
});

test("a cluster's statistics get to Graphite, also after it has hung up", async (t) => {
  const carbon = await Carbon.start(t);
  process.env.GRAPHITE_PORT = String(carbon.port);
  t.after(() => delete process.env.GRAPHITE_PORT);
  const names = ["_graphite.ts", "cluster.ts"];
  const files = names.map((name) => [name, readFileSync(join(EXAMPLES, name), "utf8")] as const);
  const daemon = await DaemonProcess.start(t, Object.fromEntries(files));
  const client = await Client.open(daemon.port);
  t.after(() => client.close());

  await client.send({ host: "riak-1", service: "riak gets", metric_d: 100 });
  assert.match(await daemon.until("a line", () => carbon.lines[0]), /^riak-cluster\.riak\.gets 100 \d+$/);

  await carbon.hangUp();
  await client.send({ host: "riak-1", service: "riak puts", metric_d: 7 });
  assert.match(await daemon.until("another line", () => carbon.lines[1]), /^riak-cluster\.riak\.puts 7 \d+$/);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

/** What Graphite's carbon is to those who send to it: a port that takes lines and says nothing. */
class Carbon {
  readonly lines: string[] = [];
  readonly #sockets: Socket[] = [];
  readonly #server = createServer((socket) => {
    this.#sockets.push(socket);
    createInterface(socket).on("line", (line) => this.lines.push(line));
  });

  static async start(t: TestContext): Promise<Carbon> {
    const carbon = new Carbon();
    carbon.#server.listen(0, "127.0.0.1");
    await once(carbon.#server, "listening");
    t.after(() => carbon.#server.close());
    return carbon;
  }

  get port(): number {
    const address = this.#server.address();
    assert.ok(typeof address === "object" && address !== null);
    return address.port;
  }

  /** Ends all connections, and waits for the other side to have seen it. */
  async hangUp(): Promise<void> {
    const closed = this.#sockets.splice(0).map((socket) => once(socket.end(), "close"));
    await Promise.all(closed);
  }
}
