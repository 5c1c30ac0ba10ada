import { availableParallelism } from "node:os";
import { DEFAULT_TTL } from "./core/expiry.ts";
import type { LogLevel } from "./core/log.ts";
import { show } from "./core/stage.ts";
import { FastTsError } from "./errors.ts";
import { choice, flag, type Kind, orOff, seconds, text, whole } from "./option-kinds.ts";

/** Every option of the daemon, as it runs. */
export interface DaemonSettings {
  /** The address Riemann clients connect to. @default "127.0.0.1" */
  readonly host: string;
  /** Its TCP port; 0 takes any free one. @default 5555 */
  readonly port: number;
  /** The address of the HTTP listener. @default as `host` */
  readonly httpHost: string;
  /** Its port, for health, metrics and the supervision tree; 0 takes any free one, `false` opens none. @default 5556 */
  readonly httpPort: number | false;
  /** Where the route files are; a relative path starts from the working directory. @default "routes" */
  readonly routeDir: string;
  /** Whether a change in the route directory reloads it. @default true */
  readonly watch: boolean;
  /** Threads that run pipelines; 0 runs them in the main thread, unguarded. @default cores − 1, at least 1 */
  readonly workers: number;
  /** The longest frame a client may send, bytes. @default 16 MiB */
  readonly maxFrame: number;
  /** How many clients may be connected at a time. @default 10,000 */
  readonly maxConnections: number;
  /** How many events the inbox of a pipeline holds. @default 16,384 */
  readonly inbox: number;
  /** How long an event without a ttl stays valid, seconds. @default 60 */
  readonly defaultTtl: number;
  /** The file in which all frames that come in are recorded, for `fast-ts replay`; `false`: none. @default false */
  readonly record: string | false;
  /** When that file has so many bytes, a new one is begun. @default 64 MiB */
  readonly recordSize: number;
  /** How many such files there are at most, the older ones as `FILE.1`, `FILE.2`, … @default 4 */
  readonly recordFiles: number;
  /** How long a stop may take to deliver what is held, seconds. @default 10 */
  readonly stopDeadline: number;
  /** The least important log lines shown. @default "info" */
  readonly logLevel: LogLevel | "silent";
  /** How log lines look; `"auto"` is pretty on a terminal, JSON otherwise. @default "auto" */
  readonly logFormat: LogFormat;
}

/** How log lines look: for people, for programs, or as the standard error is a terminal or not. */
export type LogFormat = "auto" | "pretty" | "json";

/** Options of the daemon; one left out is taken from the environment (`FTS_WORKERS`, …) or is the default. */
export type DaemonOptions = { readonly [K in Key]?: DaemonSettings[K] | undefined };

type Key = keyof DaemonSettings;

/** One line of the table of options: flags, environment, `start()` and docs/options.md all come from it. */
export interface Option<T> {
  /** As a flag: `max-frame` is `--max-frame`. */
  readonly name: string;
  /** The environment variables that set it, the first one found wins. */
  readonly env: readonly string[];
  readonly kind: Kind<T>;
  readonly fallback: T;
  /** The default as people read it, when that is not `fallback` itself. */
  readonly shown?: string;
  readonly description: string;
}

type Table = { readonly [K in Key]: Option<DaemonSettings[K]> };

/** Every option of the daemon, in the order in which people read about them. */
export const OPTIONS: Table = {
  host: {
    name: "host",
    env: ["FTS_HOST"],
    kind: text,
    fallback: "127.0.0.1",
    description: "address that Riemann clients connect to",
  },
  port: {
    name: "port",
    env: ["FTS_PORT", "PORT"],
    kind: whole(0, 65_535),
    fallback: 5555,
    description: "its TCP port; 0: any free one",
  },
  httpHost: {
    name: "http-host",
    env: ["FTS_HTTP_HOST"],
    kind: text,
    fallback: "127.0.0.1",
    shown: "as --host",
    description: "address of the HTTP listener",
  },
  httpPort: {
    name: "http-port",
    env: ["FTS_HTTP_PORT"],
    kind: orOff(whole(0, 65_535)),
    fallback: 5556,
    description: "its port; 0: any free one; off: none",
  },
  routeDir: {
    name: "route-dir",
    env: ["FTS_ROUTE_DIR"],
    kind: text,
    fallback: "routes",
    description: "directory of the route files",
  },
  watch: {
    name: "watch",
    env: ["FTS_WATCH"],
    kind: flag,
    fallback: true,
    description: "reload when a route file changes",
  },
  workers: {
    name: "workers",
    env: ["FTS_WORKERS"],
    kind: whole(0, 1024),
    fallback: Math.max(1, availableParallelism() - 1),
    shown: "cores - 1, at least 1",
    description: "threads that run pipelines; 0: all in the main thread",
  },
  maxFrame: {
    name: "max-frame",
    env: ["FTS_MAX_FRAME"],
    kind: whole(1, 2 ** 31 - 1),
    fallback: 16 * 1024 * 1024,
    shown: "16777216, 16 MiB",
    description: "longest message a client may send, bytes",
  },
  maxConnections: {
    name: "max-connections",
    env: ["FTS_MAX_CONNECTIONS"],
    kind: whole(1),
    fallback: 10_000,
    description: "clients connected at a time",
  },
  inbox: {
    name: "inbox",
    env: ["FTS_INBOX"],
    kind: whole(1),
    fallback: 16_384,
    description: "events that the inbox of a pipeline holds",
  },
  defaultTtl: {
    name: "default-ttl",
    env: ["FTS_DEFAULT_TTL"],
    kind: seconds,
    fallback: DEFAULT_TTL,
    description: "seconds that an event without a ttl stays valid",
  },
  record: {
    name: "record",
    env: ["FTS_RECORD"],
    kind: orOff(text),
    fallback: false,
    shown: "off",
    description: "file to record all traffic in, for fast-ts replay",
  },
  recordSize: {
    name: "record-size",
    env: ["FTS_RECORD_SIZE"],
    kind: whole(1),
    fallback: 64 * 1024 * 1024,
    shown: "67108864, 64 MiB",
    description: "bytes after which a new file is begun, the old one becomes FILE.1",
  },
  recordFiles: {
    name: "record-files",
    env: ["FTS_RECORD_FILES"],
    kind: whole(1, 1000),
    fallback: 4,
    description: "how many such files are kept",
  },
  stopDeadline: {
    name: "stop-deadline",
    env: ["FTS_STOP_DEADLINE"],
    kind: seconds,
    fallback: 10,
    description: "seconds that a stop may take to deliver what is held",
  },
  logLevel: {
    name: "log-level",
    env: ["FTS_LOG_LEVEL"],
    kind: choice("debug", "info", "warn", "error", "silent"),
    fallback: "info",
    description: "least important log lines shown: debug, info, warn, error or silent",
  },
  logFormat: {
    name: "log-format",
    env: ["FTS_LOG_FORMAT"],
    kind: choice("auto", "pretty", "json"),
    fallback: "auto",
    description: "how log lines look: pretty, json, or auto: pretty on a terminal",
  },
};

/** Environment variables that are ours without being options of the daemon. */
const OTHER_VARIABLES = ["FTS_SMTP_URL"];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * All settings: what is given, else the environment, else the default.
 *
 * @throws FastTsError `FTS_OPTION` naming the option or the variable, its rule and the value.
 */
export function resolveOptions(given: DaemonOptions, env: Environment): DaemonSettings {
  for (const key of Object.keys(given))
    if (!Object.hasOwn(OPTIONS, key))
      throw new FastTsError(
        "FTS_OPTION",
        `start({ ${key} }): there is no such option; there are ${Object.keys(OPTIONS).join(", ")}`,
      );
  const settings = collect<never>((key) => resolve(OPTIONS[key], `start({ ${key} })`, given[key], env));
  const { httpHost } = OPTIONS;
  return { ...settings, httpHost: resolve(httpHost, "start({ httpHost })", given.httpHost, env, settings.host) };
}

/**
 * The options among command-line flags, which are text but for a switch such as `--watch`.
 *
 * @throws FastTsError `FTS_OPTION` naming the flag, its rule and the value.
 */
export function readFlags(flags: Readonly<Record<string, unknown>>): DaemonOptions {
  return collect<undefined>((key) => {
    const { name, kind } = OPTIONS[key];
    const given = flags[name];
    if (given === undefined) return undefined;
    const value = typeof given === "string" ? kind.read(given) : given;
    return keep(OPTIONS[key], `--${name}`, value, JSON.stringify(given));
  });
}

/** The variables that look like ours and are not: a slip of the keyboard is no silent default. */
export function unknownVariables(env: Environment): readonly string[] {
  const known = new Set(
    Object.values(OPTIONS)
      .flatMap((option) => option.env)
      .concat(OTHER_VARIABLES),
  );
  return Object.keys(env).filter((name) => name.startsWith("FTS_") && !known.has(name));
}

function resolve<T>(option: Option<T>, where: string, given: unknown, env: Environment, fallback = option.fallback): T {
  if (given !== undefined)
    return keep(option, where, given, given === "off" ? `"off": in code it is false` : show(given));
  for (const name of option.env) {
    const value = env[name] ?? "";
    if (value !== "") return keep(option, name, option.kind.read(value), JSON.stringify(value));
  }
  return fallback;
}

function keep<T>({ kind }: Option<T>, where: string, value: unknown, shown: string): T {
  if (kind.is(value)) return value;
  throw new FastTsError("FTS_OPTION", `${where}: must be ${kind.must}, got ${shown}`);
}

/** One value for each option. */
function collect<U>(read: <K extends Key>(key: K) => DaemonSettings[K] | U): {
  readonly [K in Key]: DaemonSettings[K] | U;
} {
  return {
    host: read("host"),
    port: read("port"),
    httpHost: read("httpHost"),
    httpPort: read("httpPort"),
    routeDir: read("routeDir"),
    watch: read("watch"),
    workers: read("workers"),
    maxFrame: read("maxFrame"),
    maxConnections: read("maxConnections"),
    inbox: read("inbox"),
    defaultTtl: read("defaultTtl"),
    record: read("record"),
    recordSize: read("recordSize"),
    recordFiles: read("recordFiles"),
    stopDeadline: read("stopDeadline"),
    logLevel: read("logLevel"),
    logFormat: read("logFormat"),
  };
}
