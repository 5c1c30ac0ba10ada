import type { LogLevel } from "./core/log.ts";
import type { SpreadField } from "./core/spread.ts";

/** Every option of the daemon, as it runs. */
export interface DaemonSettings {
  /** The address to listen on for Riemann clients. @default "127.0.0.1" */
  readonly host: string;
  /** The TCP port for Riemann clients; 0 takes any free port. @default 5555 */
  readonly port: number;
  /** The UDP port; 0 takes that of TCP if that is 0 too, else any free port; `false`: no UDP. @default as `port` */
  readonly udpPort: number | false;
  /** The receive buffer for UDP to request from the kernel, bytes. @default 4 MiB */
  readonly udpBuffer: number;
  /** The TLS port; 0 takes any free port, `false`: no TLS. @default 5554 with `tlsCert`, else `false` */
  readonly tlsPort: number | false;
  /** PEM file with the server's certificate and its chain; read again when it changes. @default false */
  readonly tlsCert: string | false;
  /** PEM file with the private key of that certificate. @default false */
  readonly tlsKey: string | false;
  /** PEM file with the authorities that sign client certificates. @default false */
  readonly tlsCa: string | false;
  /**
   * Whether clients have to send a certificate; `"request"` verifies one when it is sent. @default "require" with
   * `tlsCa`, else "none"
   */
  readonly tlsClient: "require" | "request" | "none";
  /** Addresses and networks (`10.0.0.0/8`) that may send over TCP, UDP and TLS. @default all */
  readonly allow: readonly string[];
  /** Whether queries are answered over TCP and TLS, or for which addresses and networks. @default true */
  readonly tcpQueries: boolean | readonly string[];
  /** The address to listen on for HTTP. @default as `host` */
  readonly httpHost: string;
  /**
   * The HTTP port, for health, metrics and the supervision tree; 0 takes any free port, `false`: no HTTP.
   * @default 5556
   */
  readonly httpPort: number | false;
  /**
   * The token that clients of `/api/*` send as `Authorization: Bearer TOKEN`; `false`: none, and `/api/*` answers on
   * loopback only, or with `httpOpen`. @default false
   */
  readonly httpToken: string | false;
  /** A file with the token, read at the start and at each SIGHUP. @default false */
  readonly httpTokenFile: string | false;
  /** Whether `/api/*` answers other machines without a token. @default false */
  readonly httpOpen: boolean;
  /** Host names, besides `localhost` and the machine's own, under which `/api/*` needs no token. @default none */
  readonly httpAllowHost: readonly string[];
  /** Origins of web pages that may send requests: `https://dash.example.com`. @default none */
  readonly httpOrigin: readonly string[];
  /** Where the route files are; a relative path starts from the working directory. @default "routes" */
  readonly routeDir: string;
  /** Whether a change in the route directory reloads it. @default true */
  readonly watch: boolean;
  /** Seconds before a route file that became empty is unloaded: it may be in the middle of a save. @default 5 */
  readonly settle: number;
  /**
   * Threads that run pipelines; 0 runs them in the main thread, unguarded.
   * @default CPUs, or their quota, − 1; at least 1
   */
  readonly workers: number;
  /** The longest message a client may send, bytes. @default 16 MiB */
  readonly maxFrame: number;
  /** Maximum number of connected clients. @default 10,000 */
  readonly maxConnections: number;
  /** Maximum number of events in the inbox of a pipeline. @default 16,384 */
  readonly inbox: number;
  /**
   * About how many bytes keys, held events and the index may take, for each worker; `"auto"`: half of the heap that a
   * worker may have. Beyond, the pipelines that take most forget what has been idle longest. @default "auto"
   */
  readonly maxStateBytes: number | "auto";
  /** How long an event without a ttl stays valid, seconds. @default 60 */
  readonly defaultTtl: number;
  /** How far an event may be ahead of the clock, seconds; further ahead it counts as now. @default 60 */
  readonly maxAhead: number;
  /** Whether times that can only be milli-, micro- or nanoseconds become seconds. @default "on" */
  readonly timeUnits: "on" | "off";
  /**
   * By what events are spread over workers for pipelines that have no need of any field, and by what pipelines may be spread
   * besides host and service: one of these, `"state"`, `"description"`, or an attribute, `"attributes.NAME"`. @default "host"
   */
  readonly partitionKey: SpreadField;
  /** The directory to record traffic in, for `fast-ts replay`; `false`: none. @default false */
  readonly record: string | false;
  /** Bytes after which a new file of the recording is started. @default 64 MiB */
  readonly recordSize: number;
  /** Maximum number of files of the recording: the oldest goes. @default 4 */
  readonly recordFiles: number;
  /** Directory for what outlives the process: state, the spill of sinks, open alerts; `false`: none. @default false */
  readonly data: string | false;
  /**
   * The file of silences, which `fast-ts silence` edits; `false`: none.
   * @default `silences.json` in `data`, or else false
   */
  readonly silences: string | false;
  /**
   * Directory for the state of pipelines, saved as they run and restored at the start; `false`: none.
   * @default `state` in `data`, or else false
   */
  readonly state: string | false;
  /** Seconds between two times at which state is saved. @default 10 */
  readonly stateInterval: number;
  /**
   * Directory for messages, written before they are acknowledged and read again after a crash; needs `state` and workers.
   * `false`: none. @default false
   */
  readonly journal: string | false;
  /** Whether a message is acknowledged once it is safe from a power cut, or that follows each second. @default "1s" */
  readonly journalSync: "1s" | "always";
  /** Maximum size of the journal, bytes. @default 4 GiB */
  readonly journalBytes: number;
  /** How long a stop may take to deliver what is held, seconds. @default 10 */
  readonly stopDeadline: number;
  /** The least severe log lines to show. @default "info" */
  readonly logLevel: LogLevel | "silent";
  /** Format of log lines; `"auto"` is pretty on a terminal, JSON otherwise. @default "auto" */
  readonly logFormat: LogFormat;
}

/** Format of log lines: for people, for programs, or by whether standard error is a terminal. */
export type LogFormat = "auto" | "pretty" | "json";

/** Options of the daemon; an option left out is taken from the environment (`FTS_WORKERS`, …), or has its default. */
export type DaemonOptions = { readonly [K in keyof DaemonSettings]?: DaemonSettings[K] | undefined };
