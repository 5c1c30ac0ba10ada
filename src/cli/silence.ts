import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { SystemClock } from "../core/clock.ts";
import { isoTime } from "../core/iso-time.ts";
import { FastTsError } from "../errors.ts";
import { checkQuery, problemOf, type Silence } from "../silences/silence.ts";
import { editSilences, loadSilences } from "../silences/silence-file.ts";
import { printable } from "../text/printable.ts";
import { readMoment, readSpan } from "./time-span.ts";

/** What the flags of `fast-ts silence` say. */
export interface SilenceFlags {
  /** The file. */
  readonly silences: string | false;
  readonly for: string | undefined;
  readonly from: string | undefined;
  readonly why: string | undefined;
  readonly who: string | undefined;
}

/**
 * `fast-ts silence QUERY --for 2h --why "…"`, `fast-ts silence list`, `fast-ts silence end ID`: edits the file of
 * silences, which a daemon reads within a second.
 *
 * @throws FastTsError `FTS_OPTION` when something is missing or wrong, `FTS_SILENCE` when the file cannot be used.
 */
export async function silenceCommand(what: string, id: string | undefined, flags: SilenceFlags): Promise<number> {
  if (flags.silences === false)
    throw new FastTsError(
      "FTS_OPTION",
      "silence: there is no file: name one with --silences FILE (FTS_SILENCES) or --data DIR (FTS_DATA)",
    );
  checkWords(what, id, flags);
  const clock = new SystemClock();
  if (what === "list") await list(flags.silences, clock.now());
  else if (what === "end") await end(flags.silences, id, clock);
  else await begin(flags.silences, what, flags, clock);
  clock.stop();
  return 0;
}

/** What is given and not used was hardly meant so. */
function checkWords(what: string, id: string | undefined, { silences: _, ...flags }: SilenceFlags): void {
  const isQuery = what !== "list" && what !== "end";
  const [unused] = isQuery ? [] : Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (unused !== undefined) throw new FastTsError("FTS_OPTION", `silence ${what}: takes no --${unused}`);
  if (id !== undefined && what === "list")
    throw new FastTsError("FTS_OPTION", "silence list: takes no id, it shows all");
  if (id !== undefined && isQuery)
    throw new FastTsError("FTS_OPTION", `silence: takes one query, in quotes, got ${what} and ${id}`);
  if (/^[\w-]+$/.test(what) && isQuery && what !== "true")
    throw new FastTsError("FTS_OPTION", `silence: takes a query such as 'host = "db1"', list or end, got ${what}`);
}

async function begin(path: string, query: string, flags: SilenceFlags, clock: SystemClock): Promise<void> {
  const { why, who = userInfo().username } = flags;
  if (flags.for === undefined) throw new FastTsError("FTS_OPTION", "silence: needs --for, such as --for 2h");
  if (why === undefined)
    throw new FastTsError("FTS_OPTION", 'silence: needs --why, such as --why "disks are replaced"');
  checkQuery(query);
  const from = flags.from === undefined ? clock.now() : readMoment("--from", flags.from);
  const until = from + readSpan("--for", flags.for);
  const silence = { id: randomBytes(4).toString("hex"), query, from, until, why, who };
  const problem = problemOf(silence);
  if (problem !== null) throw new FastTsError("FTS_QUERY", problem);
  if (until <= clock.now())
    throw new FastTsError(
      "FTS_OPTION",
      `silence: it would have ended at ${isoTime(until)}: let --from or --for end later`,
    );
  await editSilences(path, clock, (silences) => [...silences, silence]);
  console.log(`${silence.id} until ${isoTime(until)}`);
}

async function end(path: string, id: string | undefined, clock: SystemClock): Promise<void> {
  if (id === undefined)
    throw new FastTsError("FTS_OPTION", "silence end: needs an id, which fast-ts silence list prints");
  await editSilences(path, clock, (silences) => {
    const now = clock.now();
    const found = silences.find((silence) => silence.id === id);
    if (found === undefined) throw new FastTsError("FTS_SILENCE", `${path} has no silence ${JSON.stringify(id)}`);
    if (found.until <= now) throw new FastTsError("FTS_SILENCE", `silence ${id} ended at ${isoTime(found.until)}`);
    const ended = { ...found, from: Math.min(found.from, now), until: now };
    return silences.map((silence) => (silence === found ? ended : silence));
  });
}

async function list(path: string, now: number): Promise<void> {
  const silences = await loadSilences(path);
  if (silences.length === 0) console.error(`fast-ts: there is no silence in ${path}`);
  for (const silence of silences) console.log(lineOf(silence, now));
}

/** `3f2a91bc  on     until 2026-11-29T22:00:00.000Z  host = "db1"  ann: disks are replaced`. */
function lineOf({ id, query, from, until, why, who }: Silence, now: number): string {
  const state = now >= until ? `ended ${isoTime(until)}` : `until ${isoTime(until)}`;
  const times = now < from ? `from  ${isoTime(from)} ${state}` : state;
  return printable(`${id}  ${times}  ${query}  ${who}: ${why}`);
}
