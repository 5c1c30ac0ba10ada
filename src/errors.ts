/** What can go wrong, by name; each error's `code` is one of these. */
export type ErrorCode =
  /** A stage has an option that it cannot work with. */
  | "FTS_STAGE_OPTION"
  /** A list of stages holds something that is no stage. */
  | "FTS_NOT_A_STAGE"
  /** `pipeline()` was called wrongly: name, list, options, or at a wrong moment. */
  | "FTS_PIPELINE"
  /** A stage threw while it ran. */
  | "FTS_STAGE_THREW"
  /** A stage broke the rules of its context: emitted no event, asked for an unknown branch. */
  | "FTS_STAGE_MISUSE"
  /** The route directory or a route file cannot be read, compiled or evaluated. */
  | "FTS_ROUTES"
  /** A Riemann server that `send` or `query` asks cannot be reached, refuses, or does not speak the protocol. */
  | "FTS_CLIENT"
  /** A query cannot be understood, or is too large. */
  | "FTS_QUERY"
  /** A daemon or command-line option is wrong. */
  | "FTS_OPTION"
  /** The daemon could not start: port in use, no permission. */
  | "FTS_START"
  /** Recorded traffic cannot be read: no such file, no capture, or damaged. */
  | "FTS_CAPTURE"
  /** A worker thread died or hung. */
  | "FTS_WORKER"
  /** A secret that a sink needs is not there, or its function makes no text of it. */
  | "FTS_SECRET"
  /** A file of silences cannot be used, or there is no such silence. */
  | "FTS_SILENCE"
  /**
   * Saved state cannot be read, as it is damaged, of another version or no regular file; or a stage's state cannot be
   * saved.
   */
  | "FTS_STATE"
  /** What is spilled cannot be sent to a Riemann server, or there is no such directory. */
  | "FTS_SPILL"
  /**
   * A test of stages or routes is written wrongly: a step that makes no sense, a sink that no route has. Or its results
   * cannot be written.
   */
  | "FTS_TEST";

/**
 * An error that FastTS raises on purpose: `code` says which kind, `message` says what, where, the value and what to do.
 */
export class FastTsError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FastTsError";
    this.code = code;
  }
}

/** The code of an error of the system or of a package, such as `ENOENT`; "" when it has none. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}

/** Whatever was thrown, as an `Error` with a text for message and stack: user code may throw anything. Never throws. */
export function coerceError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error && typeof thrown.message === "string" && typeof thrown.stack === "string")
      return thrown;
    // An error from another realm (vm, worker) is no instance of ours but looks like one.
    if (typeof thrown === "object" && thrown !== null && "message" in thrown) {
      const error = new Error(String(thrown.message), { cause: thrown });
      if ("stack" in thrown && typeof thrown.stack === "string") error.stack = thrown.stack;
      return error;
    }
    return new Error(`thrown value is not an error: ${String(thrown)}`);
  } catch {
    return new Error("thrown value is not an error, and cannot be read");
  }
}
