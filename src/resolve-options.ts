import { join, relative, sep, resolve as toPath } from "node:path";
import { didYouMean } from "./core/did-you-mean.ts";
import { show } from "./core/stage.ts";
import { FastTsError } from "./errors.ts";
import { OPTIONS, type Option } from "./options.ts";
import type { DaemonOptions, DaemonSettings } from "./settings.ts";

type Key = keyof DaemonSettings;

const PREFIX = "FTS_";

/** Environment variables that are ours without being options of the daemon. */
const OTHER_VARIABLES = ["FTS_SMTP_URL"];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * All settings: the given option, or the environment, or the default.
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
  const again = <K extends Key>(key: K, fallback: DaemonSettings[K]): DaemonSettings[K] => {
    const option: Option<DaemonSettings[K]> = OPTIONS[key];
    return resolve(option, `start({ ${key} })`, given[key], env, fallback);
  };
  const { host, port, tlsCert, tlsCa, data } = settings;
  const resolved = {
    ...settings,
    httpHost: again("httpHost", host),
    udpPort: again("udpPort", port),
    tlsPort: again("tlsPort", tlsCert === false ? false : OPTIONS.tlsPort.fallback),
    tlsClient: again("tlsClient", tlsCa === false ? "none" : "require"),
    state: again("state", data === false ? false : join(data, "state")),
    silences: again("silences", data === false ? false : join(data, "silences.json")),
  };
  const problem = tlsProblem(resolved) ?? journalProblem(resolved) ?? directoryProblem(resolved);
  if (problem === null) return resolved;
  const slips = unknownVariables(env).flatMap(({ name, meant }) => (meant ? `; ${name}: did you mean ${meant}?` : []));
  throw new FastTsError("FTS_OPTION", `${problem}${slips.join("")}`);
}

/** What does not go together, in words. */
function tlsProblem({ tlsPort, tlsCert, tlsKey, tlsCa, tlsClient }: DaemonSettings): string | null {
  if (tlsCert !== false && tlsKey === false) return `--tls-cert ${tlsCert} needs its private key: --tls-key FILE`;
  if (tlsKey !== false && tlsCert === false) return `--tls-key ${tlsKey} needs its certificate: --tls-cert FILE`;
  if (tlsPort !== false && tlsCert === false) return `--tls-port ${tlsPort} needs --tls-cert FILE and --tls-key FILE`;
  if (tlsClient !== "none" && tlsCa === false)
    return `--tls-client ${tlsClient} needs those who sign the clients' certificates: --tls-ca FILE`;
  return null;
}

function journalProblem({ journal, journalSync, state, workers }: DaemonSettings): string | null {
  if (journal === false)
    return journalSync === "1s"
      ? null
      : `--journal-sync ${journalSync} needs the journal that it is about: --journal DIR`;
  const needs = (what: string): string => `--journal ${journal} needs ${what}`;
  if (state === false) return needs("the state that it is read on from: --state DIR, or --data DIR");
  return workers === 0 ? needs("a worker to read it again: --workers 1 or more") : null;
}

/** Two that name one directory would mix what they keep there. */
function directoryProblem({ data, state, journal }: DaemonSettings): string | null {
  if (journal !== false && state !== false && toPath(journal) === toPath(state))
    return `--journal ${journal} is the directory of --state, too: give each one of its own`;
  if (data === false) return null;
  for (const [flag, dir] of Object.entries({ state, journal }))
    if (dir !== false && isOwn(relative(toPath(data), toPath(dir))))
      return `--${flag} ${dir} is where --data ${data} keeps its own: name another directory, such as ${join(data, flag)}`;
  return null;
}

/** Whether a path in the directory of `--data` is of something that has no option. */
function isOwn(path: string): boolean {
  return ["", "alerts", "sinks", "spill", "troubles"].includes(path.split(sep)[0] ?? "");
}

/**
 * The options among command-line flags, which are text but for a switch such as `--watch`.
 *
 * @throws FastTsError `FTS_OPTION` naming the flag, its rule and the value.
 */
export function readFlags(flags: Readonly<Record<string, unknown>>): DaemonOptions {
  return collect<undefined>((key) => {
    const given = flags[OPTIONS[key].name];
    return given === undefined ? undefined : readFlag(OPTIONS[key], given);
  });
}

function readFlag<T>(option: Option<T>, given: unknown): T {
  const value = typeof given === "string" ? option.kind.read(given) : given;
  return keep(option, `--${option.name}`, value, JSON.stringify(given));
}

/**
 * One setting as a command other than `start` wants it: the flag, else the environment, else the default.
 *
 * @throws FastTsError `FTS_OPTION` naming the flag or the variable, its rule and the value.
 */
export function readOption<K extends Key>(key: K, flag: string | undefined, env: Environment): DaemonSettings[K] {
  const option: Option<DaemonSettings[K]> = OPTIONS[key];
  return resolve(option, "", flag === undefined ? undefined : readFlag(option, flag), env);
}

/** A variable that looks like ours and is not, and the one that may have been meant. */
export interface UnknownVariable {
  readonly name: string;
  readonly meant: string | null;
}

/** All of these: a slip of the keyboard is no silent default. */
export function unknownVariables(env: Environment): readonly UnknownVariable[] {
  const known = Object.values(OPTIONS)
    .flatMap((option) => option.env)
    .concat(OTHER_VARIABLES)
    .filter((name) => name.startsWith(PREFIX));
  const words = known.map((name) => name.slice(PREFIX.length));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => {
      const meant = didYouMean(name.slice(PREFIX.length), words);
      return { name, meant: meant && `${PREFIX}${meant}` };
    });
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
  throw new FastTsError("FTS_OPTION", `${where}: must be ${kind.must}${kind.isSecret ? "" : `, got ${shown}`}`);
}

/** One value for each option. */
function collect<U>(read: <K extends Key>(key: K) => DaemonSettings[K] | U): {
  readonly [K in Key]: DaemonSettings[K] | U;
} {
  return {
    host: read("host"),
    port: read("port"),
    udpPort: read("udpPort"),
    udpBuffer: read("udpBuffer"),
    tlsPort: read("tlsPort"),
    tlsCert: read("tlsCert"),
    tlsKey: read("tlsKey"),
    tlsCa: read("tlsCa"),
    tlsClient: read("tlsClient"),
    allow: read("allow"),
    tcpQueries: read("tcpQueries"),
    httpHost: read("httpHost"),
    httpPort: read("httpPort"),
    httpToken: read("httpToken"),
    httpTokenFile: read("httpTokenFile"),
    httpOpen: read("httpOpen"),
    httpAllowHost: read("httpAllowHost"),
    httpOrigin: read("httpOrigin"),
    routeDir: read("routeDir"),
    watch: read("watch"),
    settle: read("settle"),
    workers: read("workers"),
    maxFrame: read("maxFrame"),
    maxConnections: read("maxConnections"),
    inbox: read("inbox"),
    maxStateBytes: read("maxStateBytes"),
    defaultTtl: read("defaultTtl"),
    maxAhead: read("maxAhead"),
    timeUnits: read("timeUnits"),
    partitionKey: read("partitionKey"),
    record: read("record"),
    recordSize: read("recordSize"),
    recordFiles: read("recordFiles"),
    data: read("data"),
    silences: read("silences"),
    state: read("state"),
    stateInterval: read("stateInterval"),
    journal: read("journal"),
    journalSync: read("journalSync"),
    journalBytes: read("journalBytes"),
    stopDeadline: read("stopDeadline"),
    logLevel: read("logLevel"),
    logFormat: read("logFormat"),
  };
}
