import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "../../bench/free-port.ts";
import { cleanUp } from "../clean-up.ts";
import { MAX_WAIT_SECONDS, until } from "../until.ts";

/** Where a server's program is: `FTS_SERVERS` names a directory with newer ones than the system has. */
export function programOf(name: string): string | null {
  const dirs = [process.env.FTS_SERVERS ?? "", ...(process.env.PATH ?? "").split(":"), "/usr/sbin"];
  return dirs.map((dir) => join(dir, name)).find((path) => path.startsWith("/") && existsSync(path)) ?? null;
}

/** Why a test of a real server is skipped; false when it is not. In CI the server has to be there. */
export function lacking(name: string, debianPackage = name): string | false {
  return programOf(name) !== null || process.env.CI ? false : `there is no ${name}: apt-get install ${debianPackage}`;
}

/** Why a test of a server that Debian's release is too old for is skipped, in CI too; false when it is not. */
export function lackingNewer(name: string): string | false {
  const path = join(process.env.FTS_SERVERS ?? "", name);
  return existsSync(path) && path !== name ? false : `FTS_SERVERS names no newer ${name}: see .ci/newer-servers`;
}

/** A program of the system, whatever `FTS_SERVERS` names. */
export function ofSystem(name: string): string {
  return join("/usr/bin", name);
}

/** A real server on 127.0.0.1, its files in a directory of its own; both are gone after the test. */
export class RealServer {
  readonly port: number;
  readonly dir: string;
  readonly #program: string;
  readonly #args: (port: number, dir: string) => readonly string[];
  readonly #env: (port: number, dir: string) => NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;
  #said = "";

  /** Starts it; it is ready when something accepts connections on its port. */
  static async start(
    t: TestContext,
    program: string,
    args: RealServer["argsOf"],
    env: (port: number, dir: string) => NodeJS.ProcessEnv = () => ({}),
  ): Promise<RealServer> {
    const server = new RealServer(program, args, env, await freePort());
    cleanUp(t, () => server.#removed());
    cleanUp(t, () => server.stop());
    await server.start();
    return server;
  }

  private constructor(
    program: string,
    args: RealServer["argsOf"],
    env: (port: number, dir: string) => NodeJS.ProcessEnv,
    port: number,
  ) {
    this.#program = program.startsWith("/") ? program : (programOf(program) ?? program);
    this.#args = args;
    this.#env = env;
    this.port = port;
    this.dir = mkdtempSync(join(tmpdir(), `fast-ts-${basename(program)}-`));
  }

  get argsOf(): (port: number, dir: string) => readonly string[] {
    return this.#args;
  }

  /** What it has in its environment beside ours. */
  get env(): NodeJS.ProcessEnv {
    return this.#env(this.port, this.dir);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Again, after `stop`: on the same port, with the same files. */
  async start(): Promise<void> {
    const child = spawn(this.#program, this.#args(this.port, this.dir), {
      env: { ...process.env, ...this.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        this.#said = `${this.#said}${chunk}`.slice(-4000);
      });
    const failed = once(child, "error").then(([error]) => Promise.reject(error));
    await Promise.race([
      failed,
      until(
        `${this.#program} to listen`,
        () => this.#accepts(),
        MAX_WAIT_SECONDS,
        () => this.#said,
      ),
    ]);
    failed.catch(() => {});
  }

  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill(signal);
    await once(child, "exit");
  }

  /** The JSON that it answers to a GET. */
  async json<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    const text = await this.text(path, query);
    return JSON.parse(text) as T;
  }

  async text(path: string, query: Readonly<Record<string, string>> = {}): Promise<string> {
    const answer = await fetch(`${this.url}${path}?${new URLSearchParams(query)}`);
    return answer.text();
  }

  /** Its other processes may end a little later than the first, and write until then. */
  async #removed(): Promise<void> {
    await until(`${this.dir} to be gone`, () => {
      try {
        rmSync(this.dir, { recursive: true, force: true });
        return true;
      } catch {
        return false;
      }
    });
  }

  async #accepts(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, "127.0.0.1");
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
  }
}

/** Why a test of a sink with a driver is skipped; false when the package is there. In CI it has to be. */
export function withoutDriver(name: string): string | false {
  try {
    createRequire(import.meta.url).resolve(name);
    return false;
  } catch {
    return process.env.CI ? false : `there is no ${name}: npm ci`;
  }
}

/** The driver itself, to look at what a server has: untyped, as it is not there in every checkout. */
export function driverModule<Module>(name: string): Module {
  return createRequire(import.meta.url)(name) as Module;
}
