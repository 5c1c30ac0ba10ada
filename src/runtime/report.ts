/** One thread that hosts pipelines. */
export interface WorkerReport {
  /** 0 is the main thread. */
  readonly id: number;
  readonly state: "starting" | "running" | "stuck" | "stopped";
  /** How many threads died or hung in this place and were replaced. */
  readonly replaced: number;
  /** Heap in use, bytes, when last asked. */
  readonly heapBytes: number;
  /** About what its pipelines and the index hold, bytes, when last asked. */
  readonly stateBytes: number;
  /** Events in the index, when last asked. */
  readonly indexEvents: number;
}

/** Events that came in with a time that is not as it should be. */
export interface MistimedReport {
  /** In milliseconds, microseconds or nanoseconds. */
  readonly timeUnit: number;
  /** Further ahead of the clock than `max-ahead`. */
  readonly ahead: number;
}

/** Open alerts that are kept. */
export interface AlertsReport {
  /** Why they are not on disk; null: they are, or there is no `--data`. */
  readonly error: string | null;
  /** Those that no pipeline looks after, with the first ten of their keys. */
  readonly unclaimed: readonly {
    readonly pipeline: string;
    readonly alerts: number;
    readonly keys: readonly string[];
  }[];
}

/** State that is kept over restarts. */
export interface StateReport {
  /** Why it is not on disk as it is; null: it is. */
  readonly error: string | null;
  /** For how long that of the pipeline has not been saved that was saved longest ago. */
  readonly ageSeconds: number;
  /** How often a pipeline could not be saved in its turn, as a stage awaited something. */
  readonly skipped: number;
}

/** What became of the attempts to load the route directory. */
export interface ReloadReport {
  readonly succeeded: number;
  readonly failed: number;
  /** The last attempt's problem; `null` when it went well. */
  readonly lastError: string | null;
  /** Unix seconds at which the running route set was loaded; `null` before the first. */
  readonly loadedAt: number | null;
}

/** A tap of the routes. */
export interface TapReport {
  readonly name: string;
  /** The pipelines that it stands in. */
  readonly pipelines: readonly string[];
}

/** What came by a tap. */
export interface Tapped {
  readonly tap: string;
  /** Events, each a line of JSON, and how many are left out. */
  readonly lines: string;
  /** How many events that tells of. */
  readonly events: number;
}

/**
 * Is shown what comes by a tap: lines, which others are shown too, and of how many events they tell. Calls `ready` when it
 * can take more, unless it missed this: then the call before does.
 */
export type Listener = (lines: Uint8Array, events: number, ready: () => void) => void;

/** Says in a tap's stream how many events are left out; "" when none are. */
export function missedLine(events: number): string {
  return events > 0 ? `{"missed":${events}}\n` : "";
}

/** How the events that are found are written: as the frame that answers a client, or as lines of JSON. */
export type Form = "frame" | "lines";

/** What became of a query. */
export type Answer =
  | { readonly kind: "found"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** `none`: no route has an index. `wrong`: the query is. `failed`: the index cannot be asked now. */
  | { readonly kind: "none" | "wrong" | "failed"; readonly error: string };
