import { parseArgs } from "node:util";
import { FastTsError } from "../errors.ts";
import { readOption } from "../resolve-options.ts";
import type { LogFormat } from "../settings.ts";
import { outOfFiles } from "../system/open-files.ts";

/** Says on the standard error why a command failed: for `start` as its log would, a line of JSON or text. */
export async function tellFailure(words: readonly string[], error: Error): Promise<void> {
  // A FastTsError says what is wrong and what to do; any other error is a bug, and its stack shows where.
  const text = error instanceof FastTsError ? error.message : (outOfFiles(error) ?? error.stack ?? error.message);
  if (words[0] === "start") {
    const { createLog, isPretty } = await import("../log.ts");
    if (!isPretty(logFormat(words))) {
      const write = (line: string): void => console.error(line.trimEnd());
      const code = error instanceof FastTsError ? { code: error.code } : {};
      return createLog({ level: "error", format: "json", write }).error("start failed", { ...code, error: text });
    }
  }
  console.error(`fast-ts: ${text}`);
}

/** What the log of `start` would look like; where that is wrong itself, as by default. */
function logFormat(words: readonly string[]): LogFormat {
  const options = { "log-format": { type: "string" }, logFormat: { type: "string" } } as const;
  const { values } = parseArgs({ args: [...words], options, strict: false });
  const given = values["log-format"] ?? values.logFormat;
  try {
    return readOption("logFormat", typeof given === "string" ? given : undefined, process.env);
  } catch {
    return "auto";
  }
}
