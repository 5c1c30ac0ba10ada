import { once } from "node:events";
import { connect } from "node:net";
import { buildFrames } from "./mix.ts";

/*
 * Connects, and then does nothing until it is told to end:
 *   node dist/bench/idle-clients.js PORT COUNT [send]
 * With "send" each connection sends one message and waits for its ack first.
 */
const [port = 0, count = 0] = process.argv.slice(2, 4).map(Number);
const { frames } = buildFrames({ eventsPerMessage: 1, count: 1 });
const AT_A_TIME = 200;

for (let made = 0; made < count; made += AT_A_TIME)
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, count - made) }, () => open()));
console.log("connected");

async function open(): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  if (process.argv[4] !== "send") return;
  socket.write(frames);
  await once(socket, "data");
}
