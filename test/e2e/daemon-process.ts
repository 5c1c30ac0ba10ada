import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { PipelineReport } from "../../src/engine/report.ts";
import type { ReloadReport, WorkerReport } from "../../src/runtime/report.ts";
import { cleanUp } from "../clean-up.ts";
import { isSomething, MAX_WAIT_SECONDS, until } from "../until.ts";
import { bareEnvironment } from "./command.ts";

/** The built command line. */
export const CLI = fileURLToPath(new URL("../../src/cli.js", import.meta.url));

export type Files = Readonly<Record<string, string>>;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Tree {
  readonly workers: readonly WorkerReport[];
  readonly reloads: ReloadReport;
  readonly pipelines: readonly PipelineReport[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A directory with route files, gone after the test. It lies in one of its own, as a daemon watches the parent, too: it
 * would look at all that other tests do in the system's.
 */
export function routeDir(t: TestContext, files: Files): string {
  const parent = mkdtempSync(join(tmpdir(), "fast-ts-e2e-"));
  cleanUp(t, () => rmSync(parent, { recursive: true, force: true }));
  const dir = join(parent, "routes");
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

/** Spawns the built command line, with the Node that `FTS_NODE` names if it does; the process ends with the test. */
export function spawnCli(t: TestContext, args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.env.FTS_NODE ?? process.execPath, [CLI, ...args], {
    env: { ...bareEnvironment(), ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  cleanUp(t, async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  return child;
}

/** The daemon as its users run it: a process of its own. */
export class DaemonProcess {
  readonly dir: string;
  /** What the routes printed, line by line. */
  readonly printed: string[] = [];
  readonly log: LogLine[] = [];
  readonly exit: Promise<Exit>;
  readonly #child: ChildProcess;
  #port = 0;
  #httpPort = 0;
  #isSignalled = false;
  /** How it ended by itself; null when it did not. */
  #failure: Exit | null = null;

  /** Resolves when it listens. */
  static async start(
    t: TestContext,
    files: Files,
    flags: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<DaemonProcess> {
    const daemon = new DaemonProcess(t, routeDir(t, files), flags, env);
    const line = await daemon.logged("listening");
    daemon.#port = Number(String(line.address).split(":").at(-1));
    daemon.#httpPort = Number(line.http);
    return daemon;
  }

  private constructor(t: TestContext, dir: string, flags: readonly string[], env: NodeJS.ProcessEnv) {
    this.dir = dir;
    const basic = ["--port", "0", "--http-port", "0", "--log-format", "json", "--route-dir", dir];
    this.#child = spawnCli(t, ["start", ...basic, ...flags], env);
    eachLine(this.#child.stdout, (line) => this.printed.push(line));
    eachLine(this.#child.stderr, (line) => this.log.push(parsed(line)));
    this.exit = new Promise((resolve) => this.#child.once("close", (code, signal) => resolve({ code, signal })));
    void this.exit.then((exit) => {
      if (!this.#isSignalled) this.#failure = exit;
    });
  }

  get port(): number {
    return this.#port;
  }

  get httpPort(): number {
    return this.#httpPort;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resident memory of the process, MB. */
  get megabytes(): number {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1];
    return Number(kilobytes) / 1024;
  }

  /** Heap in use in all threads, MB. */
  async heapMegabytes(): Promise<number> {
    const { workers } = await this.tree();
    const main = await this.metric("nodejs_heap_size_used_bytes");
    // The report of worker 0 is the main thread's heap itself.
    return workers.reduce((sum, { id, heapBytes }) => sum + (id === 0 ? 0 : heapBytes), main) / 1e6;
  }

  /** Processor time that its threads have used. */
  get cpuSeconds(): number {
    return [...this.threadSeconds.values()].reduce((sum, seconds) => sum + seconds, 0);
  }

  /** The same of each thread, by its id; the main thread has that of the process. */
  get threadSeconds(): ReadonlyMap<number, number> {
    const used = (thread: string): number =>
      Number(readFileSync(`/proc/${this.pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9;
    return new Map(readdirSync(`/proc/${this.pid}/task`).map((thread) => [Number(thread), used(thread)]));
  }

  signal(signal: NodeJS.Signals): void {
    this.#isSignalled = true;
    this.#child.kill(signal);
  }

  /** Stops it as an operator does. */
  async stop(): Promise<Exit> {
    this.signal("SIGTERM");
    return this.exit;
  }

  /** Writes a route file as a careful editor does: anew beside it, then renamed. */
  write(name: string, text: string): void {
    writeFileSync(join(this.dir, `.${name}.new`), text);
    renameSync(join(this.dir, `.${name}.new`), join(this.dir, name));
  }

  /** The first log line with this message. */
  logged(message: string, seconds = MAX_WAIT_SECONDS): Promise<LogLine> {
    return this.until(`the log line ${message}`, () => this.log.find((line) => line.msg === message), seconds);
  }

  /** Workers that were taken for hung: what else is wrong then may be their echo. */
  get hangs(): LogLine[] {
    return this.log.filter((line) => line.msg.startsWith("worker hangs"));
  }

  linesOf(message: string): LogLine[] {
    return this.log.filter((line) => line.msg === message);
  }

  /** As {@link until}, with the log's end in the error, and at once when the process has ended by itself. */
  until<T>(
    what: string,
    probe: () => T | Promise<T>,
    seconds = MAX_WAIT_SECONDS,
  ): Promise<Exclude<T, false | null | undefined>> {
    const look = async (): Promise<T> => {
      const failure = this.#failure; // all that it wrote is there then
      const found = await probe();
      if (failure === null || isSomething(found)) return found;
      throw new Error(`the daemon ended, ${JSON.stringify(failure)}, before: ${what}\n${this.#lastLines}`);
    };
    return until(what, look, seconds, () => this.#lastLines);
  }

  get #lastLines(): string {
    const last = this.log.slice(-10);
    return last.map((line) => JSON.stringify(line)).join("\n");
  }

  /** A page as it is after all that came before. */
  async page(path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; text: string }> {
    const signal = AbortSignal.timeout(MAX_WAIT_SECONDS * 1000);
    const fresh = { "Cache-Control": "no-cache", ...headers };
    const ask = () => fetch(`http://127.0.0.1:${this.#httpPort}${path}`, { headers: fresh, signal });
    const answer = await ask().catch(ask); // the kept connection may have just been closed, as it was idle
    return { status: answer.status, text: await answer.text() };
  }

  /** A page that goes on for as long as the daemon lives, line by line. */
  async stream(
    path: string,
  ): Promise<{ readonly status: number; readonly lines: string[]; readonly ended: Promise<void> }> {
    const { status, body } = await fetch(`http://127.0.0.1:${this.#httpPort}${path}`);
    const lines: string[] = [];
    const read = async (): Promise<void> => {
      let rest = "";
      for await (const bytes of body ?? []) {
        const parts = `${rest}${Buffer.from(bytes)}`.split("\n");
        rest = parts.pop() ?? "";
        lines.push(...parts);
      }
    };
    return { status, lines, ended: read().catch(() => {}) }; // cut off with the daemon
  }

  async tree(): Promise<Tree> {
    return JSON.parse((await this.page("/api/pipelines")).text);
  }

  async pipeline(name: string): Promise<PipelineReport> {
    const found = (await this.tree()).pipelines.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no pipeline ${name}`);
    return found;
  }

  /** The value of a metric without labels. */
  async metric(name: string): Promise<number> {
    const { text } = await this.page("/metrics");
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  }
}

function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  stream?.on("end", () => rest !== "" && take(rest));
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line);
  } catch {
    return { level: "none", msg: line };
  }
}
