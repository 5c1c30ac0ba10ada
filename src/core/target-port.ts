import type { Clock } from "./clock.ts";
import type { EventOrList } from "./event-list.ts";
import type { Settlement } from "./settlement.ts";
import type { DropReason, StageLog } from "./stage-reports.ts";

/** Who gives items to a target: the books of one sink in one pipeline. */
export interface Giver<T> {
  /** Its run is over: what it waits with for room is not taken any more. */
  readonly isEnded: boolean;
  /** Passes a value on to the stage below. */
  pass(value: EventOrList): void;
  /** `count` of its items are the target's now: each is delivered or dropped later. */
  taken(count: number): void;
  /** `count` of its items reached the target. */
  delivered(count: number): void;
  /** These of its items are given up, and why; `answer` is what the target or the error said. */
  dropped(items: readonly T[], reason: DropReason, answer: string): void;
  /** `count` of its items are given up, and nobody knows which: they could not be read from the disk. */
  lost(count: number): void;
}

/** The books of a sink, which other threads can settle. */
export interface SinkBooks extends Giver<unknown> {
  /** `count` of its items are another thread's now, which counts in `settlement` what becomes of them. */
  handedOver(count: number): void;
  readonly settlement: Settlement;
  /** Whether it wants back what another thread gave up. */
  readonly wantsReturns: boolean;
  /** What another thread gave up, and has counted. */
  returned(originals: readonly EventOrList[], reason: DropReason, answer: string): void;
}

/** The queue of a target, as a sink sees it. */
export interface TargetPort {
  /**
   * Takes an item, or gives it or the oldest one up, and has its value passed on: `null`. A promise when its giver is to
   * wait for room: then it is passed on and taken once there is some, unless the giver has ended before.
   *
   * @param events - How many events it stands for.
   * @param bytes - About how much memory it takes.
   * @param value - What the item was made of.
   */
  offer(item: unknown, events: number, bytes: number, value: EventOrList): Promise<void> | null;
  /** Gives up, and passes on, a value of which nothing can be made that could be sent. @param why - In words */
  refuse(value: EventOrList, why: string): void;
  /** The sink has ended. */
  release(): void;
}

/** The items of one giver in a batch. */
export interface Share<T> {
  readonly giver: Giver<T>;
  readonly count: number;
  /** More than `count` only of a single item. */
  readonly events: number;
  /** The number of its first item on disk; 0 when it is not there. */
  number: number;
}

/** What a failed write means: try again later, turned down by the target for good, or gone wrong for good. */
export type Verdict = "retry" | "refused" | "failed";

/** The back end of a target. */
export interface TargetWriter<T> {
  /**
   * Sends a batch, the oldest item first; resolves when the target has it. Rejects with a `DeliveryFailure`, or
   * with any error for `judge`. `signal` is aborted when the time for it is up. `shares`: whose the items are, in order.
   */
  write(items: readonly T[], signal: AbortSignal, shares: readonly Share<T>[]): PromiseLike<unknown>;
  /** Says what an error means. @default `"failed"`: the batch is given up */
  judge?(error: Error): Verdict;
  /** Frees what the writer took: connections, files. */
  close?(): void;
}

export interface TargetSettings {
  /** Events and bytes that may wait, those under way included. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** A batch is sent when it has this many events or bytes, or when its oldest item has waited this many seconds. */
  readonly batch: { readonly events: number; readonly bytes: number; readonly seconds: number };
  /** Writes under way at a time. */
  readonly concurrency: number;
  /** Among how many workers the bounds can be divided; with more, all that feed the target are in one. @default any */
  readonly maxWriters?: number;
  /** Whether nothing is sent before what failed. With a concurrency of 1 the order of all items is kept then. */
  readonly isOrdered: boolean;
  /** Seconds for one write. */
  readonly timeout: number;
  /** Seconds after which an item that could not be delivered is given up. */
  readonly retryFor: number;
  readonly onFull: "drop-oldest" | "drop-newest" | "wait";
  /** At most `n` writes in any `seconds`; what waits meanwhile goes together into the next, unless it is `isSingle`. */
  readonly rate: { readonly n: number; readonly seconds: number } | null;
  /** Whether each event is a write, also beyond the rate: then it waits its turn. @default false */
  readonly isSingle?: boolean;
  /** Whether people read it: of the repetitions of an alert that wait, the newest is sent. @default false */
  readonly isForPeople?: boolean;
  /** Where items wait on disk; null: in memory alone. */
  readonly spill: SpillSettings | null;
}

/** Those of them that every sink has an option of the same name for, but for `spill`; in the order in which they are told. */
export const QUEUE_SETTINGS = [
  "maxEvents",
  "maxBytes",
  "batch",
  "concurrency",
  "timeout",
  "retryFor",
  "onFull",
] as const satisfies readonly (keyof TargetSettings)[];

export interface SpillSettings {
  /** Directory for the spill of all targets, each in one of its own; null: that of `--data`. */
  readonly dir: string | null;
  /** Bytes on disk, of a target. */
  readonly maxBytes: number;
  /** Bytes of all workers together, where each has a part. @default `maxBytes` */
  readonly totalBytes?: number;
  /** Whether each write is made safe from a power cut, or all of so many seconds together. */
  readonly fsync: boolean | number;
}

/** What a target needs of the thread it lives in. */
export interface TargetScope {
  readonly clock: Clock;
  readonly log: StageLog;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Where this process keeps what is to outlive it; null: nowhere. */
  readonly dataDir: string | null;
  /** Of tests and replays: nothing comes to the disk. @default false */
  readonly isVirtual?: boolean;
  /** Tells all pipelines of a target. */
  tell(news: TargetNews): void;
}

/** What becomes an event about a target: but for `closed`, which says that its thread will not tell `ok` any more. */
export interface TargetNews {
  /** How its service begins: the target follows. */
  readonly service: "fast-ts delivery" | "fast-ts alert lost";
  readonly target: string;
  readonly state: "critical" | "ok" | "closed";
  readonly description: string;
  /** Beside `target`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The body of a request, lines, or a frame. */
export type Body = string | Uint8Array;

/** What a sink would send, with no secret in it: for tests and replay. */
export interface Rendered {
  /** Where to: `POST https://example.com/hook`, a topic, a statement, the path of a file. */
  readonly to: string;
  /** Of a request. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** What is common to all targets: the same for all sinks that mean the same target. */
export interface TargetIdentity {
  /** What tells targets apart: sink, address and the credential's name, or the option `name`. */
  readonly id: string;
  /** What logs and metrics show: no secret is in it. */
  readonly label: string;
  readonly settings: TargetSettings;
  /** What of the address and the options shapes what is sent: sinks of one target should agree in it. @default none */
  readonly shape?: string;
}

/**
 * A target that may have several writers: each worker whose pipelines feed it has one, with its part of the bounds. Its
 * items are the events and lists as they came, which the writer renders.
 */
export interface WorkerTargetSpec extends TargetIdentity {
  /** Makes the back end, when the first sink of the target starts. */
  open(scope: TargetScope): TargetWriter<EventOrList>;
  /** What a write of these items would send: nothing is sent. @default it is not known */
  rendered?(items: readonly EventOrList[], scope: TargetScope): readonly Rendered[];
  /**
   * Route code writes to it: tests do so too. All that feed it are in one worker, which has the whole of the bounds.
   * @default false
   */
  readonly isOwn?: boolean;
}

/**
 * A target with one writer in the process, whatever workers feed it: its items are rendered in the worker, where route
 * code lives, and cross to the thread of the writer.
 */
export interface ProcessTargetSpec<Item> extends TargetIdentity {
  /** Which writer: a name in `src/sinks/writers.ts`. */
  readonly kind: string;
  /**
   * What the writer is made of: plain data, which can be cloned. Asked for when a sink starts, and never in tests: here
   * secrets are revealed. Sinks of the same target that differ in it make the writer anew.
   */
  config(): unknown;
  /** The item for an event or a list of some: text, bytes, or an object of plain data. */
  render(value: EventOrList): Item;
  /** What the writer would send of an item alone. @default nothing */
  shown?(item: Item, scope: TargetScope): readonly Rendered[];
}

/** A target as a sink describes it. */
export type TargetSpec<Item> = WorkerTargetSpec | ProcessTargetSpec<Item>;

/** How the writer of a kind is made from the `config` of a spec, in the thread where it lives. */
export interface WriterKind {
  open(config: unknown, scope: TargetScope): TargetWriter<unknown>;
}

/** The kinds of writers, each loaded with the first write, or at once where it remembers what it has to do. */
export type WriterKinds = Readonly<Record<string, (() => Promise<WriterKind>) & { readonly isEager?: boolean }>>;

/** The targets of a thread, as sinks see them. */
export interface TargetsPort {
  /** The target of a spec, made when it is the first of its id; other settings apply to the same queue. */
  use<Item>(spec: TargetSpec<Item>, books: SinkBooks): TargetPort;
  /** Whether what a pipeline gives out now has reached the targets before: a sink is not to send it. @default never */
  readonly isMuted?: ((pipeline: string) => boolean) | undefined;
}
