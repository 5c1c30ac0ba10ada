import { type MessagePort, parentPort } from "node:worker_threads";
import { coerceError, FastTsError } from "../errors.ts";
import { type Compiled, compileRoute, compileRoutes } from "./compile.ts";
import { kindOf } from "./directory.ts";

/** What to compile, where the answer goes, and a flag that is set to 1 when it is there. */
export interface Order {
  readonly path: string;
  readonly port: MessagePort;
  readonly isDone: Int32Array;
}

/** What came of it: a failure is that of {@link compileRoutes}. */
export type Answer = { readonly compiled: Compiled } | { readonly failure: string };

parentPort?.on("message", async ({ path, port, isDone }: Order) => {
  port.postMessage(await answer(path));
  Atomics.store(isDone, 0, 1);
  Atomics.notify(isDone, 0);
  port.close();
});

async function answer(path: string): Promise<Answer> {
  try {
    const isDirectory = (await kindOf(path)) === "directory";
    return { compiled: await (isDirectory ? compileRoutes(path) : compileRoute(path)) };
  } catch (thrown) {
    const error = coerceError(thrown);
    return { failure: error instanceof FastTsError ? error.message : String(error.stack) };
  }
}
