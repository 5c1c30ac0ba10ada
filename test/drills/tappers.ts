import { connect, type Socket } from "node:net";

/** What clients did that open a tap again and again and read nothing of it, since they were asked last. */
export interface Tapped {
  readonly opened: number;
}

/** Then a client goes and comes again: by then a MiB could wait for it. */
const STAY_MS = 250;

const [port = 0, clients = 0] = process.argv.slice(2).map(Number);
let opened = 0;
let open: (Socket | null)[] = [];

function come(client: number): void {
  const socket = connect({ host: "127.0.0.1", port });
  open[client] = socket.pause();
  socket.on("connect", () => {
    opened++;
    socket.write(`GET /api/taps/all HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    setTimeout(() => socket.destroy(), STAY_MS);
  });
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => {
    if (open[client] === socket) come(client);
  });
}

process.on("message", (what) => {
  const gone = open;
  open = [];
  for (const socket of gone) socket?.destroy();
  if (what === "come") for (let client = 0; client < clients; client++) come(client);
  process.send?.({ opened } satisfies Tapped);
  opened = 0;
});
