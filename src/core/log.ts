export type LogLevel = "debug" | "info" | "warn" | "error";

/** Constant message + fields. `error` needs a human, `warn` a look, `info` is start, stop, reload. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** A log whose lines all go to `write`. */
export function logTo(write: (level: LogLevel, message: string, fields: Record<string, unknown>) => void): Log {
  const line =
    (level: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}): void =>
      write(level, message, fields);
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}
