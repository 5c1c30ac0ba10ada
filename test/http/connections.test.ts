import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { limitConnections } from "../../src/http/connections.ts";

/** A server that answers nothing by itself, with room for two connections. */
async function twoAtMost(context: TestContext) {
  const asked: ServerResponse[] = [];
  const server = createServer((_, response) => void asked.push(response)).listen(0, "127.0.0.1");
  limitConnections(server, 2);
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const sockets: Socket[] = [];
  context.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    asked,
    open: async (): Promise<Socket> => {
      const socket = connect(address.port, "127.0.0.1").on("error", () => {});
      sockets.push(socket);
      await once(server, "connection");
      return socket;
    },
    ask: async (socket: Socket): Promise<void> => {
      socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await once(server, "request");
    },
  };
}

test("a connection too many takes the place of the longest idle, half a request or not", async (t) => {
  const { open } = await twoAtMost(t);
  const first = await open();
  first.write("GET / HT");
  const second = await open();
  const third = await open();
  await once(first, "close");
  assert.deepEqual([second.destroyed, third.destroyed], [false, false]);
});

test("a connection that is being answered stays while another is idle", async (t) => {
  const { asked, open, ask } = await twoAtMost(t);
  const busy = await open();
  await ask(busy);
  const idle = await open();
  await open();
  await once(idle, "close");
  asked[0]?.end("done");
  assert.match(String(await once(busy, "data")), /^HTTP\/1\.1 200/);
});

test("a connection that was answered is the newest idle one", async (t) => {
  const { asked, open, ask } = await twoAtMost(t);
  const answered = await open();
  await ask(answered);
  const idle = await open();
  asked[0]?.end("done");
  await once(answered, "data");
  await open();
  await once(idle, "close");
  assert.equal(answered.destroyed, false);
});

test("when all wait for an answer, the one that has asked first goes", async (t) => {
  const { open, ask } = await twoAtMost(t);
  const [first, second] = [await open(), await open()];
  await ask(first);
  await ask(second);
  await open();
  await once(first, "close");
  assert.equal(second.destroyed, false);
});
