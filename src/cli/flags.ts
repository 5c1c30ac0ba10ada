/** The flags of commands, as yargs takes them. */

import { flag } from "../option-kinds.ts";
import { OPTIONS, type Option } from "../options.ts";

const TEST_FLAGS = {
  name: { type: "string", array: true, nargs: 1, describe: "run only tests whose names match a regular expression" },
  watch: { type: "boolean", describe: "run again when something changes", default: false },
  reporter: { choices: ["spec", "tap", "junit"], describe: "format of the results", default: "spec" },
  timeout: { type: "string", requiresArg: true, describe: "maximum seconds for one test", default: "60" },
  "reporter-destination": {
    type: "string",
    requiresArg: true,
    describe: "file to write the results to",
    default: "stdout",
  },
} as const;

const EVENT_FLAGS = {
  host: { type: "string", requiresArg: true, describe: "host of the event" },
  service: { type: "string", requiresArg: true, describe: "service of the event" },
  state: { type: "string", requiresArg: true, describe: "state: ok, warning, critical, …" },
  metric: { type: "string", requiresArg: true, describe: "metric, a number; an integer keeps all of its digits" },
  description: { type: "string", requiresArg: true, describe: "description, a text for people" },
  ttl: { type: "string", requiresArg: true, describe: "seconds for which the event is valid" },
  time: { type: "string", requiresArg: true, describe: "time, Unix seconds", defaultDescription: "time of arrival" },
  tag: { type: "string", array: true, nargs: 1, describe: "tag; may be repeated" },
  attribute: { type: "string", array: true, nargs: 1, describe: "attribute, NAME=VALUE; may be repeated" },
  stdin: { type: "boolean", describe: "send the events of stdin: JSON, one per line", default: false },
} as const;

const SINK_TEST_FLAGS = {
  sink: { type: "string", array: true, nargs: 1, demandOption: true, describe: "name of the sink; may be repeated" },
  timeout: { type: "string", requiresArg: true, describe: "seconds that the target has to answer", default: "10" },
} as const;

const SILENCE_FLAGS = {
  for: { type: "string", requiresArg: true, describe: "how long: 30m, 2h, 1d12h" },
  from: {
    type: "string",
    requiresArg: true,
    describe: "when it begins: 2026-11-29T22:00 in the time zone of this machine, with a Z in UTC, or Unix seconds",
    defaultDescription: "now",
  },
  why: { type: "string", requiresArg: true, describe: "why, for the others" },
  who: { type: "string", requiresArg: true, describe: "who says so", defaultDescription: "the user" },
} as const;

const REPLAY_FLAGS = {
  compare: { type: "string", requiresArg: true, describe: "route directory to compare with: print only differences" },
  sink: {
    type: "string",
    array: true,
    nargs: 1,
    default: [],
    defaultDescription: "all",
    describe: "sink to print; may be repeated",
  },
  format: {
    type: "string",
    requiresArg: true,
    default: "auto",
    describe: "format: pretty, json, or auto (pretty on a terminal)",
  },
} as const;

const CHECK_FLAGS = {
  types: {
    type: "boolean",
    describe: "fail when types cannot be checked; --no-types: skip them",
    defaultDescription: "when TypeScript is installed",
  },
  secrets: {
    type: "boolean",
    describe: "fail when a secret is not there; --no-secrets: do not look, for CI",
    default: true,
  },
} as const;

const PORT = {
  type: "string",
  requiresArg: true,
  describe: `port, when HOST:PORT does not have it [env: ${OPTIONS.port.env.join(", ")}]`,
  defaultDescription: String(OPTIONS.port.fallback),
} as const;

const { host, port, routeDir, defaultTtl, maxAhead, timeUnits, partitionKey, data, silences } = OPTIONS;

/** By the command. */
export const FLAGS = {
  start: daemonFlags(...Object.values<Option<unknown>>(OPTIONS)),
  check: { ...CHECK_FLAGS, ...daemonFlags(host, port, data, partitionKey) },
  test: TEST_FLAGS,
  replay: { ...daemonFlags(routeDir, defaultTtl, maxAhead, timeUnits), ...REPLAY_FLAGS },
  "sink-test": SINK_TEST_FLAGS,
  send: { ...EVENT_FLAGS, port: PORT },
  query: { port: PORT },
  silence: { ...daemonFlags(data, silences), ...SILENCE_FLAGS },
  spill: { to: { type: "string", requiresArg: true, describe: "Riemann server to send the events to" } },
  init: {},
  version: {},
} as const;

/** One of `start`. */
interface DaemonFlag {
  readonly type: "string";
  readonly describe: string;
  readonly defaultDescription: string;
  readonly requiresArg?: true;
  readonly coerce?: (given: unknown) => unknown;
}

function daemonFlags(...options: Option<unknown>[]): Record<string, DaemonFlag> {
  const flags: Record<string, DaemonFlag> = {};
  for (const option of options) {
    const { name, description, env, fallback, kind, shown = String(fallback) } = option;
    const describe = `${description} [env: ${env.join(", ")}]`;
    flags[name] =
      kind === flag
        ? { type: "string", coerce: switched, describe, defaultDescription: shown }
        : { type: "string", requiresArg: true, describe, defaultDescription: shown };
  }
  return flags;
}

/** A switch is read as text: yargs takes any value but `true` for a no. Without a value it is on. */
function switched(given: unknown): unknown {
  return given === "" ? true : given;
}
