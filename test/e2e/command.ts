import { spawn, spawnSync } from "node:child_process";
import type { TestContext } from "node:test";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment without what sets FastTS and Node up here: a daemon warns of a variable that it does not know. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(FTS_|NODE_|PORT$)/.test(name)));
}

/** Runs a command to its end; killed after `seconds`. */
export function command(name: string, args: readonly string[], input = "", seconds = 120): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { timeout: seconds * 1000, env: bareEnvironment() });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.stdin.on("error", () => {}); // it may not want any
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Whether a program is there; where it is not the test is skipped, loudly, but in CI it fails. */
export function hasProgram(t: TestContext, name: string, debianPackage: string): boolean {
  if (spawnSync(name, ["--version"]).error === undefined) return true;
  const message = `${name} IS NOT INSTALLED, NOT TESTED: apt-get install ${debianPackage}`;
  if (process.env.CI) throw new Error(message);
  t.skip(message);
  return false;
}
