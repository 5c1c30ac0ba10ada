import { resolve } from "node:path";
import type { Clock } from "./core/clock.ts";
import { DataDirectory } from "./data-directory.ts";
import { FastTsError } from "./errors.ts";
import { GivenUpEvents } from "./host/given-up-events.ts";
import { MarkStore } from "./host/output-marks.ts";
import { StateStore } from "./host/state-store.ts";
import type { ProcessLog } from "./log.ts";
import { atMost } from "./runtime/shutdown.ts";
import type { DaemonSettings } from "./settings.ts";
import { Journal } from "./state/journal.ts";
import { unusableDirectory } from "./state/unusable-directory.ts";

/** What outlives the process. */
export interface Disk {
  readonly data: DataDirectory | null;
  readonly state: StateStore;
  readonly journal: Journal | null;
  /** With a journal: what was delivered. */
  readonly marks: MarkStore | null;
  /** With a journal: what threads ended at. */
  readonly givenUp: GivenUpEvents | null;
}

/**
 * Takes the directory of `--data`, and only then what is in it: another process may have it.
 *
 * @throws FastTsError `FTS_START` when another process has it, or something is there that is no directory. Nothing stays open
 * then.
 */
export async function openDisk(settings: DaemonSettings, clock: Clock, log: ProcessLog): Promise<Disk> {
  const { data: path, state: dir, stateInterval: interval } = settings;
  const data = path === false ? null : new DataDirectory(resolve(path), clock, log);
  const opened: { close(): Promise<void> }[] = [];
  try {
    if (data !== null) opened.push(data);
    await data?.open();
    const hasJournal = settings.journal !== false;
    const state = await StateStore.open({ dir: dir === false ? null : resolve(dir), interval, hasJournal, clock, log });
    opened.push(state);
    const journal = await openJournal(settings, state, clock, log);
    if (journal === null) return { data, state, journal, marks: null, givenUp: null };
    opened.push(journal);
    return { data, state, journal, ...(await openBeside(journal, clock, log)) };
  } catch (thrown) {
    for (const one of opened.reverse()) await one.close();
    await atMost(clock, 1, log.flush());
    throw thrown;
  }
}

/** What is in the journal's directory beside it. */
async function openBeside(journal: Journal, clock: Clock, log: ProcessLog): Promise<Pick<Disk, "marks" | "givenUp">> {
  let marks: MarkStore | null = null;
  try {
    marks = await MarkStore.open({ dir: journal.dir, clock, log });
    return { marks, givenUp: await GivenUpEvents.open({ journal, clock, log }) };
  } catch (thrown) {
    await marks?.close();
    throw unusableDirectory("keep a journal", journal.dir, thrown, "--journal");
  }
}

async function openJournal(
  { journal: dir, journalSync: sync, journalBytes: maxBytes }: DaemonSettings,
  state: StateStore,
  clock: Clock,
  log: ProcessLog,
): Promise<Journal | null> {
  if (dir === false) {
    if (state.found.position > 0)
      log.warn(NO_JOURNAL, { hint: "if the last process did not stop in order, start with it" });
    return null;
  }
  if (!state.isOn)
    throw new FastTsError("FTS_START", `--journal ${dir} needs state, which is not kept: ${state.report?.error}`);
  const { position: saved, elapsed } = state.found;
  const journal = await Journal.open({ dir: resolve(dir), sync, maxBytes, saved, elapsed, clock, log });
  state.onTrim = (position) => journal.trim(position);
  await journal.begin();
  return journal;
}

const NO_JOURNAL =
  "state was saved with a journal, and goes on without: what came in after it was saved last is not read";

/** Writes what is left to write, within `seconds`, and lets others have it. */
export async function closeDisk(
  { state, journal, marks, givenUp }: Disk,
  clock: Clock,
  seconds: number,
): Promise<void> {
  await atMost(clock, seconds, state.close());
  await atMost(clock, seconds, marks?.close() ?? Promise.resolve());
  await atMost(clock, seconds, givenUp?.close() ?? Promise.resolve());
  await atMost(clock, seconds, journal?.close() ?? Promise.resolve());
}
