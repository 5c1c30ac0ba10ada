import { isatty } from "node:tty";
import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { checkKeys, checkOption } from "../core/option.ts";
import { type Context, type DropReason, type Handler, type Through, through } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";
import { DeliveryFailure, orFailure } from "../delivery/failure.ts";
import { NOTHING_TO_SEND } from "../delivery/trouble.ts";
import { formatJson } from "../text/format-json.ts";
import { prettyFormat } from "../text/format-pretty.ts";
import { output } from "../text/stdout-queue.ts";
import { optionFunction, TEXT } from "./option-function.ts";

/** How events are printed. */
export interface StdoutOptions {
  /**
   * How an event looks: `"pretty"` for people, `"json"` for programs, or a function of your own that returns the line,
   * without the line end. @default `"pretty"` on a terminal, `"json"` otherwise
   */
  readonly format?: "pretty" | "json" | ((event: Event) => string);
}

/**
 * Prints each event on the standard output, one a line, and passes it on; of a list each event.
 *
 * JSON lines hold `host service state metric time description ttl tags attributes`, `null` when absent; `time` is Unix
 * seconds as a number, with all its digits; a metric that JSON cannot write is the string `"NaN"`, `"Infinity"` or
 * `"-Infinity"`. Pretty lines begin with the pipeline's name and a bar, which no log line does:
 * `errors to the team   | 22:10:01.234 web1 http critical 5`. They escape control characters; name and state are in
 * colour, unless `NO_COLOR` is set. A metric that came as a 32-bit float shows the fewest digits that name it.
 *
 * Never waits for the reader: up to 4 Mi characters (all `stdout()` of a thread together) are buffered. Further output
 * is dropped (`overflow`), and so is output after the reader has gone (`failed`). The ledger counts a list as one.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when `format` is neither of the words nor a function.
 * @category Output
 * @example
 * pipeline("what happens", [stdout()]);
 * pipeline("one word each", [stdout({ format: (event) => `${event.service}: ${event.metric}` })]);
 */
export function stdout(options: StdoutOptions = {}): Through<EventOrList> {
  checkKeys("stdout", options, ["format"]);
  const { format } = options;
  if (format !== undefined) checkOption("stdout", "format", format, FORMAT);
  const episode = new Episode();
  return through<EventOrList>(
    "stdout",
    (context) => new Printer(context, formatter(format, context.pipeline), episode),
    {
      takes: "either",
      edge: { kind: "sink", name: "stdout" },
      memory: 0,
      changes: [],
    },
  );
}

const FORMAT = {
  must: '"pretty", "json" or a function',
  test: (value: unknown) => value === "pretty" || value === "json" || typeof value === "function",
};

function formatter(format: StdoutOptions["format"], pipeline: string): (event: Event) => string {
  if (typeof format === "function") return optionFunction("stdout", "format", format, TEXT);
  const isTerminal = isatty(1);
  if ((format ?? (isTerminal ? "pretty" : "json")) === "json") return formatJson;
  const isColored = isTerminal && (process.env.NO_COLOR ?? "") === "";
  return prettyFormat(pipeline, isColored);
}

/** Gathers the lines of one turn and hands them over as one text. */
class Printer<In extends EventOrList> implements Handler<In> {
  readonly #context: Context<In>;
  readonly #format: (event: Event) => string;
  readonly #episode: Episode;
  readonly #isMuted: ((pipeline: string) => boolean) | undefined;
  #lines = "";
  #gathered = 0;
  #held = 0;
  #whenEmpty: (() => void)[] = [];

  constructor(context: Context<In>, format: (event: Event) => string, episode: Episode) {
    this.#context = context;
    this.#format = format;
    this.#episode = episode;
    this.#isMuted = context.targets.isMuted;
    episode.join();
  }

  onEvent(value: In): void {
    if (this.#isMuted?.(this.#context.pipeline) === true) {
      this.#context.pending(1);
      this.#context.delivered(1);
      return this.#context.emit(value);
    }
    const lines = orFailure(() => this.#linesOf(value));
    if (lines instanceof DeliveryFailure) return this.#refuse(value, lines);
    this.#lines += lines;
    this.#context.pending(1);
    this.#held++;
    if (this.#gathered++ === 0) queueMicrotask(() => this.#handOver());
    this.#context.emit(value);
  }

  #linesOf(value: In): string {
    let lines = "";
    for (const event of eventsOf(value)) lines += `${this.#format(event)}\n`;
    return lines;
  }

  #refuse(value: In, { message }: DeliveryFailure): void {
    this.#context.pending(1);
    this.#context.dropped(1, "refused");
    this.#episode.trouble(this.#context, 1, NOTHING_TO_SEND, { error: message });
    this.#context.emit(value);
  }

  flush(): Promise<void> | undefined {
    this.#handOver();
    return this.#held === 0 ? undefined : new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  // What was printed goes out also when the run has ended, and is counted then.
  stop(): void {
    this.#handOver();
    this.#episode.leave(this.#context);
  }

  #handOver(): void {
    const count = this.#gathered;
    if (count === 0) return;
    const text = this.#lines;
    this.#lines = "";
    this.#gathered = 0;
    const isTaken = output(text, (error) => {
      if (error === undefined) this.#delivered(count);
      else this.#lost(count, "failed", "cannot write to the standard output: events are dropped", error);
    });
    if (!isTaken) this.#lost(count, "overflow", "nobody reads the standard output: the newest events are dropped");
  }

  #delivered(count: number): void {
    this.#context.delivered(count);
    this.#episode.success(this.#context);
    this.#release(count);
  }

  #lost(count: number, reason: DropReason, message: string, error?: Error): void {
    this.#context.dropped(count, reason);
    this.#episode.trouble(this.#context, count, message, error === undefined ? {} : { error: error.message });
    this.#release(count);
  }

  #release(count: number): void {
    this.#held -= count;
    if (this.#held === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}
