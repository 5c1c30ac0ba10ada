import type { LogLevel } from "./core/log.ts";

/** Every option of the daemon, as it runs. */
export interface DaemonSettings {
  /** The address Riemann clients connect to. @default "127.0.0.1" */
  readonly host: string;
  /** Its TCP port; 0 takes any free one. @default 5555 */
  readonly port: number;
  /** Its UDP port; 0 takes the one of TCP if that is 0 too, else any free one; `false` opens none. @default as `port` */
  readonly udpPort: number | false;
  /** Bytes of unread datagrams that the kernel is asked to keep. @default 4 MiB */
  readonly udpBuffer: number;
  /** Its port for TLS; 0 takes any free one, `false` opens none. @default 5554 with `tlsCert`, else `false` */
  readonly tlsPort: number | false;
  /** PEM file of the server's certificate, and of what signs it; read anew when it changes. @default false */
  readonly tlsCert: string | false;
  /** PEM file of its private key. @default false */
  readonly tlsKey: string | false;
  /** PEM file of the authorities that sign clients' certificates. @default false */
  readonly tlsCa: string | false;
  /**
   * Whether clients have to show a certificate: `"request"` checks the one that is given. @default "require" with
   * `tlsCa`, else "none"
   */
  readonly tlsClient: "require" | "request" | "none";
  /** Addresses and networks (`10.0.0.0/8`) that may send over TCP, UDP and TLS. @default all */
  readonly allow: readonly string[];
  /** Whether queries are answered over TCP and TLS, or for whom: addresses and networks. @default true */
  readonly tcpQueries: boolean | readonly string[];
  /** The address of the HTTP listener. @default as `host` */
  readonly httpHost: string;
  /** Its port, for health, metrics and the supervision tree; 0 takes any free one, `false` opens none. @default 5556 */
  readonly httpPort: number | false;
  /**
   * What clients send as `Authorization: Bearer TOKEN` to have `/api/*`; `false`: none, then `/api/*` answers on
   * loopback only, or with `httpOpen`. @default false
   */
  readonly httpToken: string | false;
  /** A file that holds the token, read at the start and at each reload. @default false */
  readonly httpTokenFile: string | false;
  /** Whether `/api/*` answers other machines without a token. @default false */
  readonly httpOpen: boolean;
  /** Names, besides `localhost` and the machine's own, under which `/api/*` may be asked without a token. @default none */
  readonly httpAllowHost: readonly string[];
  /** Origins whose pages may ask from a browser: `https://dash.example.com`. @default none */
  readonly httpOrigin: readonly string[];
  /** Where the route files are; a relative path starts from the working directory. @default "routes" */
  readonly routeDir: string;
  /** Whether a change in the route directory reloads it. @default true */
  readonly watch: boolean;
  /** How long a route file that has become empty may take to be written before its pipelines end, seconds. @default 5 */
  readonly settle: number;
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
  /** Bytes after which a new file is begun. @default 64 MiB */
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
export type DaemonOptions = { readonly [K in keyof DaemonSettings]?: DaemonSettings[K] | undefined };
