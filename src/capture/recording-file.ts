import { dirname, resolve } from "node:path";
import type { Clock } from "../core/clock.ts";
import { FastTsError } from "../errors.ts";
import { RotatingFile } from "./rotating-file.ts";

/** Where traffic is recorded: options of the daemon. */
export interface RecordingOptions {
  readonly record: string | false;
  readonly recordSize: number;
  readonly recordFiles: number;
  readonly routeDir: string;
  readonly watch: boolean;
}

/**
 * The file to record in, not opened yet; null when nothing is to be recorded.
 *
 * @throws FastTsError `FTS_OPTION` when it would be in a directory that is watched.
 */
export function recordingFile(options: RecordingOptions, clock: Clock): RotatingFile | null {
  const { record, recordSize, recordFiles, routeDir, watch } = options;
  if (record === false) return null;
  if (watch && dirname(resolve(record)) === resolve(routeDir)) {
    const why = "it would be in the route directory, which is watched: each write would look like a change";
    throw new FastTsError("FTS_OPTION", `cannot record to ${record}: ${why}; name a file elsewhere with --record`);
  }
  return new RotatingFile({ path: record, size: recordSize, files: recordFiles, clock });
}
