import { isatty } from "node:tty";
import { type Logger, pino } from "pino";
import type { Log, LogLevel } from "./core/log.ts";
import type { LogFormat } from "./settings.ts";
import { fdWriter, type Write } from "./text/fd-writer.ts";
import { formatLogLine } from "./text/log-pretty.ts";
import { shortFields } from "./text/short-fields.ts";
import { TextQueue } from "./text/text-queue.ts";

type Fields = Record<string, unknown>;

/** Maximum characters of log that wait for somebody to read the standard error. */
const MAX_WAITING_CHARACTERS = 1024 * 1024;

/** The longest log line. */
const MAX_LINE_BYTES = 8 * 1024;

export interface LogOptions {
  readonly level: LogLevel | "silent";
  readonly format: LogFormat;
  /** @default the standard error */
  readonly write?: Write;
}

/** The daemon's log and the way to see the last lines out. */
export interface ProcessLog extends Log {
  /** Resolves when every line is written. Never resolves when nobody reads: wait with a limit. */
  flush(): Promise<void>;
}

/** A log on the standard error. A reader that is stuck costs lines, which are counted, and never time. */
export function createLog({ level, format, write = fdWriter(2) }: LogOptions): ProcessLog {
  const queue = new TextQueue(write, MAX_WAITING_CHARACTERS);
  const isForPeople = isPretty(format);
  const isColored = isatty(2) && (process.env.NO_COLOR ?? "") === "";
  let missed = 0;
  const logger: Logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: (value: unknown) => (value instanceof Error ? (value.stack ?? value.message) : value) },
    },
    {
      write(line: string) {
        if (!queue.push(isForPeople ? clipped(formatLogLine(line, isColored)) : line, reportMissed)) missed++;
      },
    },
  );

  /** Runs after a write, when there is room again. */
  function reportMissed(): void {
    if (missed === 0) return;
    const lines = missed;
    missed = 0;
    logger.warn({ lines }, "log lines were dropped: nobody read the standard error");
  }

  return {
    debug: (message: string, fields: Fields = {}) => logger.debug(shortFields(fields), message),
    info: (message: string, fields: Fields = {}) => logger.info(shortFields(fields), message),
    warn: (message: string, fields: Fields = {}) => logger.warn(shortFields(fields), message),
    error: (message: string, fields: Fields = {}) => logger.error(shortFields(fields), message),
    flush: () => queue.flush(),
  };
}

/** Whether log lines are for people. */
export function isPretty(format: LogFormat): boolean {
  return format === "pretty" || (format === "auto" && isatty(2));
}

/** Control characters and indentation make a line longer than its JSON was. */
function clipped(line: string): string {
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  return `${Buffer.from(line).toString("utf8", 0, MAX_LINE_BYTES - 16)}…\n`;
}
