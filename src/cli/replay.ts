import { isatty } from "node:tty";
import { Capture } from "../capture/capture.ts";
import { FastTsError } from "../errors.ts";
import { nearest } from "../routes/nearest.ts";
import type { Recorded } from "../testing/routes-under-test.ts";
import { difference } from "./replay-difference.ts";
import { type Format, json, pretty, type Sign } from "./replay-format.ts";
import { Side } from "./replay-side.ts";

/** What the flags of `fast-ts replay` say. */
export interface ReplayFlags {
  readonly routeDir: string;
  /** Another route directory, that of before: only what differs is shown. */
  readonly compare: string | undefined;
  /** The sinks whose outputs are shown. @default all */
  readonly sink: readonly string[];
  readonly format: "auto" | "pretty" | "json";
}

/** `fast-ts replay CAPTURE`: recorded traffic through the routes in virtual time, and what each sink would have got. */
export async function replayCommand(path: string, flags: ReplayFlags): Promise<number> {
  const capture = new Capture(path);
  try {
    await replay(capture, flags);
    return 0;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EPIPE") return 0; // the reader has seen enough
    throw thrown;
  } finally {
    capture.close();
  }
}

async function replay(capture: Capture, { routeDir, compare, sink, format }: ReplayFlags): Promise<void> {
  const style = styleOf(format);
  const begun = capture.begun ?? 0;
  const open = (dir: string): Promise<Side> =>
    Side.open(dir, begun, (...said) => void process.stderr.write(style.log(...said)));
  const sides = compare === undefined ? [await open(routeDir)] : [await open(compare), await open(routeDir)];
  checkSinks(sink, sides);
  const printer = new Printer(style, sink);
  let [events, messages, ended] = [0, 0, begun];
  for (const batch of capture.batches()) {
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
  for (const { path, offset } of capture.cuts)
    console.error(`fast-ts: ${path} ends within a message at byte ${offset}: it was read up to there`);
  if (messages === 0) console.error("fast-ts: nothing is recorded there: no client sent anything meanwhile");
}

/** Writes what the sinks of one side get, or in which those of two sides differ. */
class Printer {
  removed = 0;
  added = 0;
  readonly #style: Format;
  readonly #sinks: readonly string[];
  #text = "";

  constructor(style: Format, sinks: readonly string[]) {
    this.#style = style;
    this.#sinks = sinks;
    process.stdout.once("error", () => {}); // each write is told by its callback
  }

  async print(sides: readonly AsyncGenerator<Recorded>[]): Promise<void> {
    const [first, second] = sides;
    if (first === undefined) return;
    if (second === undefined) {
      for await (const recorded of first) {
        this.#output(recorded, "");
        if (this.#text.length > ENOUGH) await this.flush();
      }
    } else {
      for (const { recorded, sign } of difference(await allOf(first), await allOf(second)))
        this.#output(recorded, sign);
    }
    await this.flush();
  }

  add(text: string): void {
    this.#text += text;
  }

  /** Resolves when all is written. */
  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text !== "")
      await new Promise<void>((resolve, reject) =>
        process.stdout.write(text, (error) => (error ? reject(error) : resolve())),
      );
  }

  #output(recorded: Recorded, sign: Sign): void {
    if (this.#sinks.length > 0 && !this.#sinks.includes(recorded.name)) return;
    if (sign === "-") this.removed++;
    if (sign === "+") this.added++;
    this.add(this.#style.output(recorded, sign));
  }
}

/** Text is written when there are so many characters, and whenever all that a batch led to is there. */
const ENOUGH = 65_536;

async function allOf(recorded: AsyncGenerator<Recorded>): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for await (const one of recorded) all.push(one);
  return all;
}

function checkSinks(wanted: readonly string[], sides: readonly Side[]): void {
  const names = [...new Set(sides.flatMap((side) => side.sinks))];
  for (const name of wanted) {
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    const hint = meant === null ? "" : `; did you mean ${meant}?`;
    const there = names.length === 0 ? "there is none" : `there is ${names.join(", ")}`;
    throw new FastTsError("FTS_OPTION", `--sink: the routes have no sink ${JSON.stringify(name)}: ${there}${hint}`);
  }
}

function styleOf(format: ReplayFlags["format"]): Format {
  const isTerminal = isatty(1);
  if (format === "json" || (format === "auto" && !isTerminal)) return json;
  return pretty(isTerminal && (process.env.NO_COLOR ?? "") === "");
}
