import { resolve } from "node:path";
import type { EventOrList } from "../core/event-list.ts";
import { aBoolean, aString, atLeastOne, checkKeys, checkOption, duration } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { linesOf } from "../text/json-lines.ts";
import type { FileConfig } from "./file-writer.ts";
import { targetIdentity } from "./target-identity.ts";

/** How a file is written; a field left out has its default. */
export interface FileOptions extends DeliveryOptions {
  /**
   * When a new file is begun: before it has more `bytes`, or `seconds` after it was begun. The old one gets the time to its
   * name, `events.ndjson.20231114T221320Z`; of those the newest `keep` are kept. @default none; keep: all
   */
  readonly rotate?: { readonly bytes?: number; readonly seconds?: number; readonly keep?: number };
  /** Whether files that were rotated away are compressed, `….gz`. @default false */
  readonly gzip?: boolean;
  /** Whether an event counts as delivered only when the disk has it. @default false: when the operating system has it */
  readonly fsync?: boolean;
}

const DEFAULTS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 10_000, bytes: 4 * 1024 * 1024, seconds: 0 },
};

/**
 * Appends each event to a file, as `stdout()` prints it, and passes it on.
 *
 * Sent: a line of JSON for each event, those of lists too. The file and its directory are made when they are missing; a file
 * that was moved away or removed, as by logrotate, is begun anew. All pipelines of the process that name the file share one
 * writer.
 * Limits: 10,000 events or about 4 MiB a write, one write at a time; the order is kept.
 * Tried again: every failed write, such as on a full disk; what it had written of a line is taken back.
 * Given up: nothing before `retryFor` is over.
 * Duplicates: none while the process lives. Without `fsync` the machine may lose with its power what counts as delivered.
 *
 * @param path - The file; a path that is not absolute begins at the directory in which the daemon was started.
 * @throws FastTsError `FTS_STAGE_OPTION` when `path` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("a day a file", [
 *   file("/var/log/fast-ts/events.ndjson", { rotate: { seconds: 86_400, keep: 7 }, gzip: true }),
 * ]);
 */
export function file(path: string, options: FileOptions = {}): Through<EventOrList> {
  checkKeys("file", options, [...DELIVERY_OPTIONS, "rotate", "gzip", "fsync"]);
  const { rotate = {}, gzip = false, fsync = false, name, deadLetters } = options;
  checkOption("file", "path", path, aString);
  checkKeys("file: rotate", rotate, ["bytes", "seconds", "keep"]);
  if (rotate.bytes !== undefined) checkOption("file", "rotate.bytes", rotate.bytes, atLeastOne);
  if (rotate.seconds !== undefined) checkOption("file", "rotate.seconds", rotate.seconds, duration);
  if (rotate.keep !== undefined) checkOption("file", "rotate.keep", rotate.keep, atLeastOne);
  checkOption("file", "gzip", gzip, aBoolean);
  checkOption("file", "fsync", fsync, aBoolean);
  checkOption("file", "concurrency", options.concurrency ?? 1, {
    must: "1, as a file has one end",
    test: (v) => v === 1,
  });
  const config: FileConfig = { path: resolve(path), rotate, gzip, fsync };
  const spec = {
    ...targetIdentity("file", { name, shown: config.path, address: [config.path], shape: [rotate, gzip, fsync] }),
    settings: settingsOf("file", options, DEFAULTS),
    kind: "file",
    config: () => config,
    render: linesOf,
    shown: (body: string) => [{ to: config.path, body }],
  };
  return deliverySink("file", spec, { deadLetters });
}
