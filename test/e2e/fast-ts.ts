import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { mock } from "node:test";
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/main.ts";

export const CLI = fileURLToPath(new URL("../../src/cli.js", import.meta.url));

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in a process of its own. */
export async function fastTs(words: readonly string[], input = "", env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const child = spawn(process.execPath, [CLI, ...words], { env: { PATH: process.env.PATH, ...env } });
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, out, err };
}

/** Runs the command in this process, a quarter of a second faster. */
export async function fastTsHere(words: readonly string[]): Promise<Result> {
  const [out, err] = [mock.method(console, "log", () => {}), mock.method(console, "error", () => {})];
  const printed = ({ mock: { calls } }: typeof out): string =>
    calls.map((call) => `${call.arguments.join(" ")}\n`).join("");
  try {
    const code = await main(words);
    return { code, out: printed(out), err: printed(err) };
  } finally {
    out.mock.restore();
    err.mock.restore();
  }
}
