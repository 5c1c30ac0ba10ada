import {
  aString,
  atLeastOne,
  checkKeys,
  checkOption,
  duration,
  notNegative,
  oneOf,
  positive,
  type Rule,
} from "../core/option.ts";
import type { Stages } from "../core/stage.ts";
import { QUEUE_SETTINGS, type SpillSettings, type TargetSettings } from "../core/target-port.ts";
import { checkTls, type TlsFiles } from "./tls-material.ts";

/** How a sink gathers events and how it gets rid of them; a field left out has its default. */
export interface DeliveryOptions {
  /**
   * What the target is known by in logs, metrics and on disk, whatever else of the sink changes; sinks of the same name
   * share one queue. @default the address
   */
  readonly name?: string;
  /**
   * The most events that wait for the target, of all sinks that feed it together. Where each worker has a writer of its
   * own, as for `forward`, `graphite` and HTTP, it has its part of this, of `maxBytes`, `concurrency` and
   * `spill.maxBytes`. @default 50,000
   */
  readonly maxEvents?: number;
  /** The most bytes they take, about. @default 64 MiB */
  readonly maxBytes?: number;
  /** When a batch is sent: at this many events or bytes, or when its oldest event has waited this many seconds. */
  readonly batch?: { readonly events?: number; readonly bytes?: number; readonly seconds?: number };
  /**
   * Writes under way at a time, >= 1. Where each worker has a writer of its own, and this says fewer than there are workers,
   * all pipelines that feed the target are in one worker; unless it is said, each writer has one write under way at least.
   */
  readonly concurrency?: number;
  /** Seconds for one write, its answer included; then it is tried again. @default 30 */
  readonly timeout?: number;
  /** Seconds after which events that could not be delivered are given up. @default 86,400, a day */
  readonly retryFor?: number;
  /** When there is no room: the oldest events go, the newest, or the pipeline waits. @default "drop-oldest" */
  readonly onFull?: "drop-oldest" | "drop-newest" | "wait";
  /**
   * Whether what waits is kept on disk: it survives the end of the process, and takes no memory beyond `maxEvents` and
   * `maxBytes`, which bound what is kept in memory of it. `true`: in the directory of `--data`. A reload turns it on; off, or
   * to another directory, a restart. @default false
   */
  readonly spill?: boolean | SpillOptions;
  /**
   * Gets the events that are given up, with attributes `fast-ts reason` and `fast-ts sink`, the target; an event that the
   * same target gave up before is counted alone. @default none: they are counted
   */
  readonly deadLetters?: Stages;
}

/** How a sink keeps on disk what waits for its target. */
export interface SpillOptions {
  /**
   * Directory in which each target has one of its own; a relative path starts from the working directory.
   * @default that of `--data`
   */
  readonly dir?: string;
  /**
   * The most bytes on disk, of each target. When it is full, the oldest segment goes (an eighth, or 16 MiB), or as
   * `onFull` says.
   * @default 1 GiB
   */
  readonly maxBytes?: number;
  /** Whether each write is made safe from a power cut; or so many seconds of them together. @default 1 */
  readonly fsync?: boolean | number;
}

/** The same for sinks that write to people. */
export interface MessageOptions extends DeliveryOptions {
  /** At most `n` messages in any `seconds`; what comes meanwhile is merged into the next one. */
  readonly rate?: { readonly n: number; readonly seconds: number };
  /**
   * Gathers events for this many seconds into one message. `max`: how many events a message of several shows, the oldest;
   * of the others it says how many there are. @default a message for each event or list; `max` 10
   */
  readonly digest?: { readonly seconds: number; readonly max?: number };
}

export const DELIVERY_OPTIONS = ["name", ...QUEUE_SETTINGS, "spill", "deadLetters"] as const;

export const MESSAGE_OPTIONS = [...DELIVERY_OPTIONS, "rate", "digest"] as const;

/** What holds for a sink that says nothing else. */
export const DELIVERY_DEFAULTS: TargetSettings = {
  maxEvents: 50_000,
  maxBytes: 64 * 1024 * 1024,
  batch: { events: 500, bytes: 1024 * 1024, seconds: 0 },
  concurrency: 1,
  isOrdered: true,
  timeout: 30,
  retryFor: 86_400,
  onFull: "drop-oldest",
  rate: null,
  spill: null,
};

const SPILL_DEFAULTS: SpillSettings = { dir: null, maxBytes: 1024 ** 3, fsync: 1 };
const MIN_SPILL_BYTES = 1024 * 1024;

/** How many events a message shows unless it is said. */
const DEFAULT_SHOWN_EVENTS = 10;

/** What holds for a sink that writes to people and says nothing else: a message for each event or list, in order. */
export const MESSAGE_DEFAULTS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 1, bytes: DELIVERY_DEFAULTS.maxBytes, seconds: 0 },
  isForPeople: true,
};

/** How many of its events a message shows: one of several, or of a list. */
export function shownEvents({ digest }: MessageOptions, byDefault = DEFAULT_SHOWN_EVENTS): number {
  return digest?.max ?? byDefault;
}

/** The settings of a target from the options of a sink. @throws FastTsError `FTS_STAGE_OPTION` when one cannot work */
export function settingsOf(
  where: string,
  options: MessageOptions & TlsFiles,
  defaults: TargetSettings,
): TargetSettings {
  const { name, batch, rate = null, digest } = options;
  if (name !== undefined) checkOption(where, "name", name, aString);
  checkTls(where, options);
  if (batch !== undefined) checkKeys(`${where}: batch`, batch, ["events", "bytes", "seconds"]);
  const settings: TargetSettings = {
    maxEvents: options.maxEvents ?? defaults.maxEvents,
    maxBytes: options.maxBytes ?? defaults.maxBytes,
    batch: { ...defaults.batch, ...batch },
    concurrency: options.concurrency ?? defaults.concurrency,
    maxWriters: Math.min(options.concurrency ?? Infinity, options.maxEvents ?? Infinity, options.maxBytes ?? Infinity),
    isOrdered: defaults.isOrdered,
    timeout: options.timeout ?? defaults.timeout,
    retryFor: options.retryFor ?? defaults.retryFor,
    onFull: options.onFull ?? defaults.onFull,
    rate: rate ?? defaults.rate,
    isForPeople: defaults.isForPeople ?? false,
    isSingle: defaults.isSingle ?? false,
    spill: spillSettingsOf(where, options.spill ?? false),
  };
  for (const key of ["maxEvents", "maxBytes", "concurrency"] as const)
    checkOption(where, key, settings[key], atLeastOne);
  for (const key of ["timeout", "retryFor"] as const) checkOption(where, key, settings[key], positive);
  checkOption(where, "onFull", settings.onFull, oneOf("drop-oldest", "drop-newest", "wait"));
  checkOption(where, "batch.events", settings.batch.events, atLeastOne);
  checkOption(where, "batch.bytes", settings.batch.bytes, atLeastOne);
  checkOption(where, "batch.seconds", settings.batch.seconds, notNegative);
  if (settings.rate !== null) {
    checkOption(where, "rate.n", settings.rate.n, atLeastOne);
    checkOption(where, "rate.seconds", settings.rate.seconds, duration);
  }
  if (digest === undefined) return settings;
  checkKeys(`${where}: digest`, digest, ["seconds", "max"]);
  checkOption(where, "digest.seconds", digest.seconds, duration);
  checkOption(where, "digest.max", shownEvents({ digest }), atLeastOne);
  // Whatever comes in that time is one message.
  return {
    ...settings,
    batch: { events: settings.maxEvents, bytes: settings.maxBytes, seconds: digest.seconds },
  };
}

function spillSettingsOf(where: string, spill: boolean | SpillOptions): SpillSettings | null {
  if (typeof spill === "boolean") return spill ? SPILL_DEFAULTS : null;
  checkKeys(`${where}: spill`, spill, ["dir", "maxBytes", "fsync"]);
  const settings = { ...SPILL_DEFAULTS, ...spill };
  if (settings.dir !== null) checkOption(where, "spill.dir", settings.dir, aString);
  checkOption(where, "spill.maxBytes", settings.maxBytes, SPILL_BYTES);
  checkOption(where, "spill.fsync", settings.fsync, FSYNC);
  return settings;
}

const SPILL_BYTES: Rule = {
  must: `a whole number >= ${MIN_SPILL_BYTES}`,
  test: (value) => atLeastOne.test(value) && Number(value) >= MIN_SPILL_BYTES,
};
const FSYNC: Rule = {
  must: `true, false or ${duration.must} of seconds`,
  test: (value) => typeof value === "boolean" || duration.test(value),
};
