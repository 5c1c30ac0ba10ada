import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

/** A child process whose lines are kept. */
export interface Child {
  readonly pid: number;
  /** Lines of its standard output so far. */
  readonly output: readonly string[];
  /** Resolves with the next line, of either stream, that has `text` in it; rejects when none comes in time. */
  saw(text: string, withinSeconds?: number): Promise<string>;
  /** Resolves when it has ended and all it printed is read. */
  readonly ended: Promise<void>;
  signal(name: NodeJS.Signals): void;
}

const PATIENCE_SECONDS = 30;

// However we end, no server stays behind.
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

const canPin = process.platform === "linux" && spawnSync("taskset", ["-c", "0,1", "true"]).status === 0;

/** Starts a command, on one core where `core` names it and the system can do that. */
export function startChild(command: readonly string[], core: number | null): Child {
  const [file = "", ...args] = core === null || !canPin ? command : ["taskset", "-c", String(core), ...command];
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: environment() });
  running.add(child);
  const output: string[] = [];
  const complaints: string[] = [];
  let listeners: ((line: string) => void)[] = [];
  const hear = (line: string): void => {
    for (const listener of listeners) listener(line);
  };
  createInterface(child.stdout).on("line", (line) => {
    output.push(line);
    hear(line);
  });
  createInterface(child.stderr).on("line", (line) => {
    complaints.push(line);
    hear(line);
  });
  const ended = new Promise<void>((resolve) => {
    child.on("error", (error) => {
      complaints.push(error.message);
      running.delete(child);
      resolve();
    });
    child.on("close", () => {
      running.delete(child);
      resolve();
    });
  });
  const saw = (text: string, withinSeconds = PATIENCE_SECONDS): Promise<string> =>
    new Promise((resolve, reject) => {
      const settle = (): void => {
        listeners = listeners.filter((other) => other !== listener);
        clearTimeout(deadline);
      };
      const listener = (line: string): void => {
        if (!line.includes(text)) return;
        settle();
        resolve(line);
      };
      const fail = (): void => {
        settle();
        reject(new Error([`${command.join(" ")} did not say ${text}`, ...complaints].join("\n")));
      };
      const deadline = setTimeout(fail, withinSeconds * 1000);
      listeners.push(listener);
      void ended.then(fail);
    });
  return { pid: child.pid ?? 0, output, saw, ended, signal: (name) => child.kill(name) };
}

/** Ours without the bench's own variables: the daemon would warn that it does not know them. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FTS_")));
}
