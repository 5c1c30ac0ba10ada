import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { FastTsError } from "../errors.ts";
import type { Compiled } from "./compile.ts";
import type { Answer, Order } from "./compile-worker.ts";

/** Maximum time of a compilation, milliseconds. */
const PATIENCE_MS = 60_000;

/** Made when first needed, kept for the next call; it does not keep the process alive. */
let worker: Worker | null = null;

/**
 * Compiles a route directory or one route file, whatever its name, while the caller waits: a thread of its own does the
 * work.
 *
 * @throws FastTsError `FTS_ROUTES` when what is there cannot be read.
 */
export function compileSync(path: string): Compiled {
  worker ??= startWorker();
  const { port1, port2 } = new MessageChannel();
  const isDone = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const order: Order = { path, port: port2, isDone };
  worker.postMessage(order, [port2]);
  Atomics.wait(isDone, 0, 0, PATIENCE_MS);
  const answer: Answer | undefined = receiveMessageOnPort(port1)?.message;
  port1.close();
  if (answer === undefined)
    throw new FastTsError("FTS_ROUTES", `${path}: the compiler does not answer, after ${PATIENCE_MS / 1000} s`);
  if ("failure" in answer) throw new FastTsError("FTS_ROUTES", answer.failure);
  return answer.compiled;
}

function startWorker(): Worker {
  const started = new Worker(new URL("./compile-worker.js", import.meta.url), { execArgv: [] });
  started.unref();
  return started;
}
