import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { connect } from "node:tls";
import { Worker } from "node:worker_threads";
import { encodeFrame } from "../../src/wire/codec.ts";
import { certificate } from "../doors/certificates.ts";
import { COUNTING, countingRoute } from "../e2e/counting.ts";
import { DaemonProcess, routeDir } from "../e2e/daemon-process.ts";
import type { TlsClients, Told } from "./tls-clients.ts";

/** A daemon with a TLS listener, and a good client of it that asks for an answer every few milliseconds. */
export async function secureDaemon(t: TestContext) {
  const pair = certificate("server");
  const dir = routeDir(t, { "cert.pem": pair.cert, "key.pem": pair.key });
  const flags = ["--tls-port", "0", "--tls-cert", join(dir, "cert.pem"), "--tls-key", join(dir, "key.pem")];
  const daemon = await DaemonProcess.start(t, { "_count.ts": COUNTING, "good.ts": countingRoute("good") }, flags);
  const port = Number((await daemon.logged("listening")).tls);
  return { daemon, port, good: await goodClient(t, port) };
}

/** Asks until it is stopped. Tells how many answers there were, and the longest that one took, seconds. */
async function goodClient(t: TestContext, port: number) {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  const seen = { answers: 0, slowest: 0, isOpen: true };
  socket.on("close", () => {
    seen.isOpen = false;
  });
  let isAsking = true;
  const ask = async (): Promise<void> => {
    while (isAsking && seen.isOpen) {
      const begun = performance.now();
      socket.write(encodeFrame({ events: [{ service: "good" }] }));
      await once(socket, "data");
      seen.answers++;
      seen.slowest = Math.max(seen.slowest, (performance.now() - begun) / 1000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const asked = ask();
  return async () => {
    isAsking = false;
    await asked;
    return seen;
  };
}

/** Runs the clients in a thread of their own, so that nobody who measures is held up by them. */
export async function runClients(clients: TlsClients): Promise<Told> {
  const thread = new Worker(new URL("./tls-clients.js", import.meta.url), { workerData: clients });
  const [told] = await once(thread, "message");
  return told;
}

/** Files and sockets that the process has open. */
export function openFiles(daemon: DaemonProcess): number {
  return readdirSync(`/proc/${daemon.pid}/fd`).length;
}
