import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Clock } from "../core/clock.ts";
import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { endOutsideSecrets, remember } from "../delivery/secret-mask.ts";
import { codeOf, coerceError } from "../errors.ts";

/** What the writer of a program is made of. */
export interface ExecConfig {
  readonly label: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Beside the environment of the daemon. */
  readonly env: Readonly<Record<string, string>>;
  /** Exit codes that are no use trying again. */
  readonly refused: readonly number[];
  /** Credentials, to be masked in what the program says. */
  readonly hidden: readonly string[];
}

/** What is kept of standard error: its end, characters. */
const SAID_CHARACTERS = 2048;

/** A program that is over has this long to get its last words through, seconds: what it left behind may hold the pipe. */
const LAST_WORDS_SECONDS = 1;

/** The writer of a program: see `exec`. */
export function open(how: ExecConfig, { clock }: TargetScope): TargetWriter<string> {
  for (const one of how.hidden) remember(one);
  const running = new Set<ChildProcess>();
  return {
    async write(lines, signal) {
      const child = start(how);
      const kill = (): void => killGroup(child);
      signal.addEventListener("abort", kill, { once: true });
      running.add(child);
      try {
        await ended(child, how, lines, clock);
      } finally {
        running.delete(child);
        signal.removeEventListener("abort", kill);
        child.stderr?.destroy();
      }
    },
    close: () => running.forEach(killGroup),
  };
}

/** In a process group of its own, which can be killed as one. */
function start({ program, args, env }: ExecConfig): ChildProcess {
  const stdio = ["pipe", "ignore", "pipe"] as const;
  return spawn(program, args, { env: { ...process.env, ...env }, stdio: [...stdio], detached: true });
}

/** Resolves when the program has taken the lines and ended well. What it left behind is not waited for. */
function ended(child: ChildProcess, how: ExecConfig, lines: readonly string[], clock: Clock): Promise<void> {
  const { label, refused } = how;
  const said = lastWords(child.stderr);
  child.stdin?.on("error", () => {}); // it need not read: how it ends is what counts
  child.stdin?.end(lines.join(""));
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(notStarted(error, how, lines)));
    child.on("exit", (code, by) => {
      if (code === 0) return resolve();
      const what = code === null ? `was killed by ${by}` : `exited with ${code}`;
      const verdict = code !== null && refused.includes(code) ? "refused" : "retry";
      const fail = (): void => {
        const message = `${label} ${what}${said() === "" ? "" : `: ${said().split("\n").at(-1)}`}`;
        reject(new DeliveryFailure(verdict, message, { answer: said() || what }));
      };
      child.on("close", fail);
      clock.after(LAST_WORDS_SECONDS, fail);
    });
  });
}

/** A program that is not there will take none of the lines: no half of them would fare better. */
function notStarted(thrown: unknown, { label, program }: ExecConfig, lines: readonly string[]): DeliveryFailure {
  const code = codeOf(thrown);
  if (code !== "ENOENT" && code !== "EACCES")
    return new DeliveryFailure("retry", `${label} cannot be started: ${coerceError(thrown).message}`);
  const where = program.includes("/") ? "" : " in PATH";
  const why = code === "ENOENT" ? `there is no ${program}${where}` : `${program} may not be run (EACCES)`;
  return new DeliveryFailure("refused", `${label}: ${why}`, { answer: why, rejected: lines.map((_, index) => index) });
}

/** What a stream said last; all of it is read. */
function lastWords(stream: Readable | null): () => string {
  let said = "";
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    said = endOutsideSecrets(said + chunk, SAID_CHARACTERS);
  });
  return () => said.trim();
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // all of it is gone
  }
}
