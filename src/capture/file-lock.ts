import { createHash } from "node:crypto";
import { once } from "node:events";
import { realpath, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/**
 * A lock that this process alone has on a file, there or not: a socket named after it. The system takes it back whenever
 * the process ends, however that may be.
 */
export class FileLock {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Null when another process has it. */
  static async take(path: string): Promise<FileLock | null> {
    const name = await nameOf(path);
    for (;;) {
      const server = createServer((socket) => socket.destroy()).unref();
      try {
        await once(server.listen(name), "listening");
        return new FileLock(server);
      } catch (thrown) {
        if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE")) throw thrown;
        if (await isAnswered(name)) return null;
        // What a process left that was killed. A name beside all files has gone by itself.
        if (!name.startsWith("\0")) await rm(name, { force: true });
      }
    }
  }

  async release(): Promise<void> {
    if (this.#server.listening) await once(this.#server.close(), "close");
  }
}

/** On Linux a name beside all files, which goes with its process; elsewhere a file. */
async function nameOf(path: string): Promise<string> {
  const file = join(await realpath(dirname(path)), basename(path));
  const name = `fast-ts-${createHash("sha256").update(file).digest("hex").slice(0, 32)}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), name);
}

async function isAnswered(name: string): Promise<boolean> {
  const socket = connect(name);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
