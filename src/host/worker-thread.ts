import { Worker } from "node:worker_threads";
import type { Log } from "../core/log.ts";
import { output } from "../text/stdout-queue.ts";
import type { WorkerInit } from "./messages.ts";
import { workerLimits } from "./worker-limits.ts";

/** A thread that hosts pipelines, as its supervisor sees it. */
export interface WorkerThread {
  /** Ends it, whatever it does. */
  terminate(): Promise<unknown>;
}

/** Starts a thread, which takes the ports of `init`; `exited` is called once, when it is gone. */
export type StartThread = (init: WorkerInit, log: Log, exited: () => void) => WorkerThread;

/** Starts a thread with a heap of its own. What route code writes goes to the standard output and to the log. */
export const startWorkerThread: StartThread = (init, log, exited) => {
  const id = init.worker + 1;
  const thread = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: init,
    transferList: [init.port, init.aside],
    name: `pipelines ${id}`,
    stdout: true,
    stderr: true,
    resourceLimits: workerLimits(init.ring.workers),
  });
  thread.stdout.on("data", (chunk: Buffer) => output(String(chunk), () => {}));
  thread.stderr.on("data", (chunk: Buffer) =>
    log.warn("route code wrote to the standard error", { text: String(chunk) }),
  );
  thread.on("error", (error) => log.error("worker died", { worker: id, error: error.message }));
  thread.on("exit", exited);
  return thread;
};
