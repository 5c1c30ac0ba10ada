import { MAX_AHEAD_SECONDS } from "./core/event-times.ts";
import { DEFAULT_TTL } from "./core/expiry.ts";
import { DOOR_OPTIONS } from "./door-options.ts";
import {
  choice,
  flag,
  hostName,
  type Kind,
  listOf,
  orAuto,
  origin,
  orOff,
  seconds,
  secret,
  spreadField,
  text,
  whole,
} from "./option-kinds.ts";
import type { DaemonSettings } from "./settings.ts";
import { defaultWorkers } from "./system/capacity.ts";

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

type Table = { readonly [K in keyof DaemonSettings]: Option<DaemonSettings[K]> };

/** Every option of the daemon, in the order in which people read about them. */
export const OPTIONS: Table = {
  ...DOOR_OPTIONS,
  httpHost: {
    name: "http-host",
    env: ["FTS_HTTP_HOST"],
    kind: text,
    fallback: "127.0.0.1",
    shown: "as --host",
    description: "address to listen on for HTTP",
  },
  httpPort: {
    name: "http-port",
    env: ["FTS_HTTP_PORT"],
    kind: orOff(whole(0, 65_535)),
    fallback: 5556,
    description: "HTTP port; 0: any free port; off: no HTTP",
  },
  httpToken: {
    name: "http-token",
    env: ["FTS_HTTP_TOKEN"],
    kind: orOff(secret),
    fallback: false,
    shown: "none",
    description: "token that clients of /api/* send as Authorization: Bearer TOKEN; ps shows the flag",
  },
  httpTokenFile: {
    name: "http-token-file",
    env: ["FTS_HTTP_TOKEN_FILE"],
    kind: orOff(text),
    fallback: false,
    shown: "none",
    description: "file with the token, read again at SIGHUP",
  },
  httpOpen: {
    name: "http-open",
    env: ["FTS_HTTP_OPEN"],
    kind: flag,
    fallback: false,
    description: "serve /api/* to other machines without a token",
  },
  httpAllowHost: {
    name: "http-allow-host",
    env: ["FTS_HTTP_ALLOW_HOST"],
    kind: listOf(hostName),
    fallback: [],
    shown: "none",
    description: "host names under which /api/* may be requested without a token, separated by commas",
  },
  httpOrigin: {
    name: "http-origin",
    env: ["FTS_HTTP_ORIGIN"],
    kind: listOf(origin),
    fallback: [],
    shown: "none",
    description: "origins of web pages that may send requests, separated by commas",
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
  settle: {
    name: "settle",
    env: ["FTS_SETTLE"],
    kind: seconds,
    fallback: 5,
    description: "seconds before a route file that became empty is unloaded",
  },
  workers: {
    name: "workers",
    env: ["FTS_WORKERS"],
    kind: whole(0, 1024),
    fallback: defaultWorkers(),
    shown: "CPUs, or their quota",
    description: "threads that run pipelines; 0: run them in the main thread",
  },
  maxFrame: {
    name: "max-frame",
    env: ["FTS_MAX_FRAME"],
    kind: whole(1024, 2 ** 31 - 1),
    fallback: 16 * 1024 * 1024,
    shown: "16777216, 16 MiB",
    description: "longest message a client may send, bytes",
  },
  maxConnections: {
    name: "max-connections",
    env: ["FTS_MAX_CONNECTIONS"],
    kind: whole(1),
    fallback: 10_000,
    description: "maximum number of connected clients",
  },
  inbox: {
    name: "inbox",
    env: ["FTS_INBOX"],
    kind: whole(1),
    fallback: 16_384,
    description: "maximum number of events in the inbox of a pipeline",
  },
  maxStateBytes: {
    name: "max-state-bytes",
    env: ["FTS_MAX_STATE_BYTES"],
    kind: orAuto(whole(1)),
    fallback: "auto",
    shown: "auto: half of a worker's heap",
    description: "bytes of keys, held events and index per worker; beyond, the longest idle is forgotten",
  },
  defaultTtl: {
    name: "default-ttl",
    env: ["FTS_DEFAULT_TTL"],
    kind: seconds,
    fallback: DEFAULT_TTL,
    description: "seconds that an event without a ttl stays valid",
  },
  maxAhead: {
    name: "max-ahead",
    env: ["FTS_MAX_AHEAD"],
    kind: seconds,
    fallback: MAX_AHEAD_SECONDS,
    description: "seconds that an event may be ahead of the clock; further ahead it counts as now",
  },
  timeUnits: {
    name: "time-units",
    env: ["FTS_TIME_UNITS"],
    kind: choice("on", "off"),
    fallback: "on",
    description: "on: times that can only be milli-, micro- or nanoseconds become seconds; off: they stay",
  },
  partitionKey: {
    name: "partition-key",
    env: ["FTS_PARTITION_KEY"],
    kind: spreadField,
    fallback: "host",
    description: "field, or attributes.NAME, by which pipelines may be in all workers, besides host and service",
  },
  record: {
    name: "record",
    env: ["FTS_RECORD"],
    kind: orOff(text),
    fallback: false,
    shown: "off",
    description: "directory to record traffic in, for fast-ts replay; off: none",
  },
  recordSize: {
    name: "record-size",
    env: ["FTS_RECORD_SIZE"],
    kind: whole(1),
    fallback: 64 * 1024 * 1024,
    shown: "67108864, 64 MiB",
    description: "bytes after which a new file of the recording is started",
  },
  recordFiles: {
    name: "record-files",
    env: ["FTS_RECORD_FILES"],
    kind: whole(1, 1000),
    fallback: 4,
    description: "maximum number of files of the recording; the oldest goes",
  },
  data: {
    name: "data",
    env: ["FTS_DATA"],
    kind: orOff(text),
    fallback: false,
    shown: "none",
    description: "directory for what outlives the process: state, the spill of sinks, open alerts, silences",
  },
  silences: {
    name: "silences",
    env: ["FTS_SILENCES"],
    kind: orOff(text),
    fallback: false,
    shown: "silences.json in the directory of data, else none",
    description: "file of silences, which fast-ts silence edits; read again when it changes",
  },
  state: {
    name: "state",
    env: ["FTS_STATE"],
    kind: orOff(text),
    fallback: false,
    shown: "state in the directory of data, else none",
    description: "directory for the state of pipelines, restored at the start; off: none",
  },
  stateInterval: {
    name: "state-interval",
    env: ["FTS_STATE_INTERVAL"],
    kind: seconds,
    fallback: 10,
    description: "seconds between two times at which state is saved",
  },
  journal: {
    name: "journal",
    env: ["FTS_JOURNAL"],
    kind: orOff(text),
    fallback: false,
    shown: "off",
    description: "directory for messages before they are acknowledged, read again after a crash; needs state",
  },
  journalSync: {
    name: "journal-sync",
    env: ["FTS_JOURNAL_SYNC"],
    kind: choice("1s", "always"),
    fallback: "1s",
    description: "always: a message is acknowledged once it is safe from a power cut; 1s: that follows each second",
  },
  journalBytes: {
    name: "journal-bytes",
    env: ["FTS_JOURNAL_BYTES"],
    kind: whole(64 * 1024 * 1024),
    fallback: 4 * 1024 ** 3,
    shown: "4294967296, 4 GiB",
    description: "maximum size of the journal, bytes",
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
    description: "least severe log lines to show: debug, info, warn, error, or silent",
  },
  logFormat: {
    name: "log-format",
    env: ["FTS_LOG_FORMAT"],
    kind: choice("auto", "pretty", "json"),
    fallback: "auto",
    description: "format of log lines: pretty, json, or auto (pretty on a terminal)",
  },
};
