import type { Event } from "../core/event.ts";
import type { PipelineReport } from "../engine/report.ts";
import type { Drop } from "./drops.ts";
import type { Step } from "./steps.ts";
import type { StrictRecord } from "./strict-record.ts";
import type { LogLine } from "./virtual-thread.ts";

/** How a test of routes begins. */
export interface RoutesOptions {
  /** What the virtual clock shows at first, Unix seconds. @default 0; when the capture was begun if `replay` comes first */
  readonly start?: number;
  /** Seconds that an event without a ttl stays valid, as the daemon's option of the name. @default 60 */
  readonly defaultTtl?: number;
  /** Seconds by which an event may be ahead of the clock, as the daemon's option of the name. @default 60 */
  readonly maxAhead?: number;
  /** Whether `replay` makes seconds of times that cannot be seconds, as the daemon's option of the name. @default "on" */
  readonly timeUnits?: "on" | "off";
}

/** What a sink would send: a request, a message, lines. No secret is in it: each stands as `secret(NAME)`. */
export interface RenderedText {
  /** Where to: `POST https://example.com/hook`, a topic, a statement, the path of a file. */
  readonly to: string;
  /** Of a request; its length, and what the connection adds, is left out. A mail has its headers in `body`. */
  readonly headers: Readonly<Record<string, string>>;
  /** What `body` is: text, or bytes that are none. */
  readonly encoding: "utf8" | "base64";
  /** The very bytes, of a request before they are compressed. */
  readonly body: string;
}

/** What came to a sink or a tap at once: an event, or a list of events. */
export interface Recorded {
  /** When it came, on the virtual clock. */
  readonly at: number;
  readonly pipeline: string;
  /** Where in the pipeline: `where#2/then/email#0`. */
  readonly stage: string;
  readonly kind: "sink" | "tap";
  /** `email`, or what the tap is called. */
  readonly name: string;
  /** The events of the list; one when it was an event. */
  readonly events: readonly Event[];
  /** What the sink would send of it, alone; empty where it does not say. */
  readonly rendered: readonly RenderedText[];
}

/** Route files under test: sends events in, and shows what came out where. */
export interface RoutesUnderTest {
  /**
   * Gives every pipeline these events, in virtual time: it passes up to an event's own `time`, then waits. An event
   * that is older than the clock is late, and comes now.
   *
   * @throws FastTsError `FTS_TEST` when a step makes no sense.
   */
  inject(steps: Iterable<Step>): void;
  /**
   * As `inject`, for stages that await something: after each step, and each timer, their promises settle, while
   * virtual time stands still. What comes from the real world (a file, a server) is waited for, 5 s at most.
   *
   * @throws FastTsError `FTS_TEST` when a stage still waits at the end and no timer is left that could help.
   */
  injectAsync(steps: Iterable<Step>): Promise<void>;
  /**
   * Gives every pipeline what `fast-ts start --record` recorded: time passes up to the
   * arrival of each message. Promises settle as with `injectAsync`.
   *
   * @param path - The capture; a relative one starts from the file that calls.
   * @throws FastTsError `FTS_CAPTURE` when it cannot be read: if a part of it is damaged, after all else.
   */
  replay(path: string | URL): Promise<void>;
  /**
   * Silences the events that a query matches, from now on, for `seconds` of virtual time: as `fast-ts silence` does.
   *
   * @throws FastTsError `FTS_QUERY` when the query cannot be understood, `FTS_TEST` when `seconds` is not a number > 0.
   */
  silence(query: string, seconds: number): void;
  /**
   * Lets every pipeline emit what it holds, as the daemon's stop does, in at most 10 s of virtual time. Returns the
   * stages that did not finish, `alerts: map#2`.
   */
  stop(): Promise<{ readonly stuck: readonly string[] }>;
  /** Second of the virtual clock. */
  readonly now: number;
  /**
   * What came to the sinks, by their names: `t.sinks.email`. Of lists there are their events, one after another;
   * `recorded` says which came together. Reading one that no route has throws `FTS_TEST`.
   */
  readonly sinks: StrictRecord<readonly Event[]>;
  /**
   * What the sinks would send, by their names, each event or list as if it came alone: `t.rendered.slack[0].body`. Those of
   * your own and `prometheus`, which is asked, show nothing.
   */
  readonly rendered: StrictRecord<readonly RenderedText[]>;
  /** What came to `tap(name)`, by these names. */
  readonly taps: StrictRecord<readonly Event[]>;
  /** What is in the index now, in the order of host and service. Without an `index()` in the routes this throws `FTS_TEST`. */
  readonly index: readonly Event[];
  /** What came to sinks and taps, of all pipelines, in order, with time and place: for `email` each is a mail. */
  readonly recorded: readonly Recorded[];
  /** What was shed, lost or dropped, by pipeline, stage and reason: empty when all is well. */
  readonly drops: readonly Drop[];
  /** How often pipelines restarted because a stage threw; `log` says why. */
  readonly restarts: number;
  /** The ledger of each pipeline, as the daemon shows it. */
  readonly pipelines: readonly PipelineReport[];
  /** What the engine and the stages logged. */
  readonly log: readonly LogLine[];
}
