import { createServer, type Socket } from "node:net";
import { acks } from "../src/wire/acks.ts";

/*
 * A server that only splits and acks: what Node's sockets cost before anything is decoded.
 *   node dist/bench/floor.js PORT
 */
const HEADER = 4;
let frames = 0;

const server = createServer({ noDelay: true }, (socket) => {
  const split = splitter();
  socket.on("data", (bytes: Buffer) => {
    const whole = split(bytes);
    frames += whole;
    if (whole > 0) socket.write(acks(whole));
  });
  socket.on("error", () => socket.destroy());
  open.add(socket);
  socket.on("close", () => open.delete(socket));
});
const open = new Set<Socket>();
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("floor: listening"));

process.on("SIGTERM", () => {
  server.close();
  for (const socket of open) socket.destroy();
  console.log(JSON.stringify({ frames }));
});

/** Counts the frames that end in each read of one connection. */
function splitter(): (bytes: Buffer) => number {
  let headerLeft = HEADER;
  let length = 0;
  let bodyLeft = 0;
  return (bytes) => {
    let whole = 0;
    for (let at = 0; at < bytes.length; ) {
      if (headerLeft > 0) {
        length = length * 256 + (bytes[at++] ?? 0);
        if (--headerLeft > 0) continue;
        bodyLeft = length;
      } else {
        const step = Math.min(bodyLeft, bytes.length - at);
        bodyLeft -= step;
        at += step;
      }
      if (bodyLeft > 0) continue;
      whole++;
      headerLeft = HEADER;
      length = 0;
    }
    return whole;
  };
}
