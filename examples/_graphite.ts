import { connect, type Socket } from "node:net";
import { type Event, type SinkWriter, type Stage, sink } from "fast-ts";

/** Where Graphite's carbon listens, and how events are named there; a field left out has its default. */
export interface GraphiteOptions {
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** The port of the plaintext protocol. @default 2003 */
  readonly port?: number;
  /** The name of an event's metric. @default {@link graphitePath} */
  readonly path?: (event: Event) => string;
}

/**
 * Sends each event that has a metric to Graphite, and passes all events on.
 *
 * Connects with the first event and stays connected; when the connection is lost, the next try makes a new one. Lines
 * that Graphite's machine has taken count as delivered: the protocol has no answer, so what carbon makes of them is not
 * known.
 */
export function graphite({ host = "127.0.0.1", port = 2003, path = graphitePath }: GraphiteOptions = {}): Stage {
  const lineOf = (event: Event) => `${path(event)} ${event.metric} ${Math.trunc(event.time)}\n`;
  const start = (): SinkWriter<Event> => {
    let socket: Socket | null = null;
    return {
      write: async (batch) => {
        const lines = batch.filter(hasNumber).map(lineOf).join("");
        if (socket === null || !socket.writable) socket = await open(host, port);
        await send(socket, lines);
      },
      judge: () => "retry",
      close: () => socket?.end(),
    };
  };
  // Carbon may be away for ten minutes: what comes meanwhile waits, as far as there is room.
  return sink("graphite", start, { retryFor: 600 });
}

/** As Riemann names it: the host's labels from the last on, then the words of the service: `eu.web1.http.rate`. */
export function graphitePath({ host, service }: Event): string {
  const labels = (host ?? "").split(".").reverse();
  // The dot of a percentile would begin another level: "api 0.99" is api.99.
  const words = (service ?? "").split(" ").map((word) => word.replace(/^0?\.(\d+)$/, "$1"));
  const names = [...labels, ...words].filter((name) => name !== "");
  return names.join(".").replaceAll(/[^\w.-]/g, "_");
}

function hasNumber({ metric }: Event): boolean {
  return metric !== null && Number.isFinite(metric);
}

/** Seconds that a connection may take to be made. */
const PATIENCE = 5;

function open(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.setTimeout(PATIENCE * 1000, () => socket.destroy(new Error(`no connection within ${PATIENCE} s`)));
    // Also for when it is open: an error that nobody listens for would be thrown.
    socket.on("error", reject);
    // Carbon never says anything, but only who reads is told that the other side has hung up.
    socket.on("end", () => socket.destroy());
    socket.resume();
  });
}

function send(socket: Socket, lines: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(lines, (error) => (error ? reject(error) : resolve()));
  });
}
