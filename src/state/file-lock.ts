import { createHash } from "node:crypto";
import { once } from "node:events";
import { realpath, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { codeOf } from "../errors.ts";

/** A process that is busy for longer is not asked for its number. */
const ANSWER_MS = 2_000;

/**
 * A lock that this process alone has on a file, there or not: a socket named after it. The system takes it back whenever
 * the process ends, however that may be.
 */
export class FileLock {
  /** How others see this process. */
  static readonly OWN = `process ${process.pid}`;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Null when another process has it. */
  static async take(path: string): Promise<FileLock | null> {
    const name = await nameOf(path);
    for (;;) {
      const server = createServer((socket) => socket.on("error", () => {}).end(FileLock.OWN)).unref();
      try {
        await once(server.listen(name), "listening");
        return new FileLock(server);
      } catch (thrown) {
        if (codeOf(thrown) !== "EADDRINUSE") throw thrown;
        if (await isAnswered(name)) return null;
        // What a process left that was killed. A name beside all files has gone by itself.
        if (!name.startsWith("\0")) await rm(name, { force: true });
      }
    }
  }

  /** Whether a process has it. */
  static async isTaken(path: string): Promise<boolean> {
    return isAnswered(await nameOf(path));
  }

  /** Who has it, such as `process 4711`; null when nobody has. */
  static async holder(path: string): Promise<string | null> {
    const socket = connect(await nameOf(path));
    let words = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      words += text;
    });
    try {
      await once(socket, "connect");
    } catch {
      return null;
    }
    const signal = AbortSignal.timeout(ANSWER_MS);
    if (!socket.closed) await once(socket, "close", { signal }).catch(() => socket.destroy());
    return /^process \d+$/.test(words) ? words : "another process";
  }

  /** As {@link holder}, for people. */
  static async named(path: string): Promise<string> {
    const holder = (await FileLock.holder(path)) ?? "another process";
    return holder === FileLock.OWN ? "another option or daemon of this process" : holder;
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
