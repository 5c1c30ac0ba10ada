import { createServer } from "node:net";

/** Below the ports that the system gives to connections and to who asks for any: what is free here stays so. */
const [FIRST, COUNT] = [10_000, 20_000];
/** Processes side by side begin at ports of their own. */
const APART = 97;
let taken = 0;

/** A TCP port that nobody listens on just now, and that was not given out before. */
export async function freePort(): Promise<number> {
  for (; taken < COUNT; taken++) {
    const port = FIRST + ((process.pid * APART + taken) % COUNT);
    if (!(await isFree(port))) continue;
    taken++;
    return port;
  }
  throw new Error(`no TCP port from ${FIRST} to ${FIRST + COUNT - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
