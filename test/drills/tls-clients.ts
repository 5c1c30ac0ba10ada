import { once } from "node:events";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { connect, createSecureContext } from "node:tls";
import { parentPort, workerData } from "node:worker_threads";
import { encodeFrame } from "../../src/wire/codec.ts";
import { randomNumbers } from "../e2e/mutants.ts";

/** What a thread is to do at the port of TLS. */
export interface TlsClients {
  readonly port: number;
  readonly kind: "garbage" | "handshakes";
  readonly connections: number;
  readonly perSecond: number;
  readonly seed: number;
}

/** What it has to tell at the end. */
export interface Told {
  readonly failed: number;
  readonly seconds: number;
  /** Processor time of the whole process meanwhile. */
  readonly cpuSeconds: number;
}

/** Clients at a time: more would wait for each other, not for the daemon. */
const MAX_OPEN = 200;

const { port, kind, connections, perSecond, seed }: TlsClients = workerData;
const random = randomNumbers(seed);
const hello = await helloOf();
/** One for all: what each would spend on its own is missing where the daemon shares the processors with them. */
const secureContext = createSecureContext();
let open = 0;
let failed = 0;
const [begun, cpu] = [performance.now(), process.cpuUsage()];
for (let n = 0; n < connections; n++) {
  while (open >= MAX_OPEN || ((performance.now() - begun) / 1000) * perSecond < n)
    await new Promise((resolve) => setTimeout(resolve, 1));
  open++;
  void (kind === "garbage" ? sendGarbage() : shakeHands()).then(() => open--);
}
while (open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
const { user, system } = process.cpuUsage(cpu);
const told: Told = { failed, seconds: (performance.now() - begun) / 1000, cpuSeconds: (user + system) / 1e6 };
parentPort?.postMessage(told);

async function shakeHands(): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, secureContext });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  let isSecure = false;
  socket.once("secureConnect", () => {
    isSecure = true;
    socket.end();
  });
  socket.on("error", () => {});
  await closed;
  if (!isSecure) failed++;
}

async function sendGarbage(): Promise<void> {
  const socket = connectTcp({ port, host: "127.0.0.1" });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  socket.resume();
  socket.once("connect", () => misbehave(socket));
  await closed;
}

function misbehave(socket: Socket): void {
  switch (random(6)) {
    case 0:
      return void socket.end();
    case 1:
      return void socket.resetAndDestroy();
    case 2:
      return void socket.end(Buffer.from(Array.from({ length: random(2000) }, () => random(256))));
    case 3:
      return void socket.end(encodeFrame({ events: [{ service: "plain" }] }));
    case 4:
      return void socket.end(hello.subarray(0, random(hello.length)));
    default: {
      const changed = Buffer.from(hello);
      for (let changes = 1 + random(5); changes > 0; changes--) changed[random(changed.length)] = random(256);
      return void socket.end(changed);
    }
  }
}

/** What a client says first. */
async function helloOf(): Promise<Buffer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const client = connect({
    host: "127.0.0.1",
    port: typeof address === "object" && address !== null ? address.port : 0,
  });
  client.on("error", () => {});
  const [socket] = await once(server, "connection");
  const [bytes] = await once(socket, "data");
  client.destroy();
  server.close();
  return bytes;
}
