import { isatty } from "node:tty";
import { Capture } from "../capture/capture.ts";
import { FastTsError } from "../errors.ts";
import { choice } from "../option-kinds.ts";
import { fdWriter, type Write } from "../text/fd-writer.ts";
import { checkSinkName } from "./known-sinks.ts";
import { type Format, json, pretty } from "./replay-format.ts";
import { Printer } from "./replay-printer.ts";
import { Side } from "./replay-side.ts";

/** What the flags of `fast-ts replay` say. */
export interface ReplayFlags {
  readonly routeDir: string;
  /** Seconds that an event without a ttl stays valid. */
  readonly defaultTtl: number;
  /** Seconds that an event may be ahead of the clock. */
  readonly maxAhead: number;
  /** Whether times that cannot be seconds become seconds. */
  readonly timeUnits: "on" | "off";
  /** The route directory to compare with, usually the old one: only differences are shown. */
  readonly compare: string | undefined;
  /** The sinks whose outputs are shown. @default all */
  readonly sink: readonly string[];
  /** `auto`, `pretty` or `json`. */
  readonly format: string;
}

/** `fast-ts replay CAPTURE`: recorded traffic through the routes in virtual time, and what each sink would have got. */
export async function replayCommand(path: string, flags: ReplayFlags, write = fdWriter(1)): Promise<number> {
  const capture = await Capture.open(path, flags.timeUnits);
  let messages = 0;
  try {
    messages = await replay(capture, flags, write);
  } finally {
    await capture.close();
  }
  const { notes, damage } = capture.report;
  if (messages === 0 && damage.length === 0)
    console.error("fast-ts: nothing is recorded there: no client sent anything meanwhile");
  for (const words of [...notes, ...damage]) console.error(`fast-ts: ${words}`);
  return damage.length === 0 ? 0 : 1;
}

/** Returns the number of messages. */
async function replay(capture: Capture, flags: ReplayFlags, write: Write): Promise<number> {
  const { routeDir, defaultTtl, maxAhead, compare, sink, format } = flags;
  const style = styleOf(format);
  const { begun } = capture;
  const open = (dir: string): Promise<Side> =>
    Side.open(dir, { start: begun ?? 0, defaultTtl, maxAhead }, (...said) => console.error(style.log(...said)));
  const sides = compare === undefined ? [await open(routeDir)] : [await open(compare), await open(routeDir)];
  const names = [...new Set(sides.flatMap((side) => side.sinks))];
  for (const name of sink) checkSinkName(name, names);
  const printer = new Printer(write, style, sink);
  let [events, messages] = [0, 0];
  let ended = begun;
  for await (const batch of capture.batches()) {
    events += batch.events.length;
    messages += batch.frames;
    ended = batch.arrival;
    await printer.print(sides.map((side) => side.arrive(batch)));
  }
  await printer.print(sides.map((side) => side.stop()));
  const routes = sides.map(({ dir, pipelines }) => ({ dir, pipelines }));
  const { removed, added } = printer;
  printer.add(style.summary({ events, messages, begun, ended, routes, removed, added }));
  await printer.flush();
  return messages;
}

const FORMAT = choice("auto", "pretty", "json");

function styleOf(format: string): Format {
  if (!FORMAT.is(format))
    throw new FastTsError("FTS_OPTION", `--format: must be ${FORMAT.must}, got ${JSON.stringify(format)}`);
  const isTerminal = isatty(1);
  if (format === "json" || (format === "auto" && !isTerminal)) return json;
  return pretty(isTerminal && (process.env.NO_COLOR ?? "") === "");
}
