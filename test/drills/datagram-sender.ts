import { createSocket, type Socket } from "node:dgram";
import { workerData } from "node:worker_threads";
import { HEADER } from "../../src/wire/frames.ts";
import { mutants } from "../e2e/mutants.ts";

const BURST = 64;

/** What a thread is to send. */
export interface Flood {
  readonly port: number;
  readonly datagrams: number;
  readonly seed: number;
}

/** In bursts, each of which is on its way before the next one begins. */
async function send(socket: Socket, { port, datagrams, seed }: Flood): Promise<void> {
  const next = mutants(seed);
  for (let left = datagrams; left > 0; left -= BURST) {
    const burst = Array.from({ length: Math.min(BURST, left) }, () => next().subarray(HEADER));
    await Promise.all(burst.map((bytes) => new Promise((resolve) => socket.send(bytes, port, "127.0.0.1", resolve))));
  }
}

const socket = createSocket("udp4");
await send(socket, workerData);
socket.close();
