import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { decodeMsg, encodeFrame, type WireMsg } from "../../src/wire/codec.ts";

/** A Riemann server that gives `answer` to every message, or hangs up. */
export async function server(answer: WireMsg | "hang up") {
  const messages: WireMsg[] = [];
  const listener = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 4 && received.length >= 4 + received.readUInt32BE()) {
        const end = 4 + received.readUInt32BE();
        messages.push(decodeMsg(received.subarray(4, end)));
        received = received.subarray(end);
        if (answer === "hang up") socket.end();
        else socket.write(encodeFrame(answer));
      }
    });
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  return { at: addressOf(listener), messages, close: () => listener.close() };
}

/** Where a listener is, as commands take it. */
export function addressOf(listener: Server): string {
  const address = listener.address();
  assert.ok(typeof address === "object" && address !== null);
  return `127.0.0.1:${address.port}`;
}
