/** What became of a query. */
export type QueryResult =
  /** By what answers queries: with events, or with an error. */
  | "answered"
  /** Not asked: too many were under way, one before it took too long, it was too long, or the daemon stops. */
  | "refused"
  /** The answer took too long. */
  | "timeout"
  /** The client closed before. */
  | "abandoned";

/** What the doors have seen since the start; every number only grows, but `open`. */
export interface TransportReport {
  /** Connections open now. */
  readonly open: number;
  /** Connections ever accepted. */
  readonly connections: number;
  /** Connections closed at once because `max-connections` were open. */
  readonly refusedConnections: number;
  /** Whole frames received. */
  readonly frames: number;
  readonly bytesIn: number;
  /** Frames that are no `Msg`: answered `ok=false`, connection closed. */
  readonly decodeErrors: number;
  /** Frames longer than `max-frame`: answered `ok=false`, connection closed. */
  readonly oversized: number;
  /** Frames answered `ok=false` because the daemon was too busy for too long. */
  readonly refusedFrames: number;
  /** Queries that are over. */
  readonly queries: Readonly<Record<QueryResult, number>>;
  /** Answers given, of any kind. */
  readonly acks: number;
}

/** The numbers of a {@link TransportReport}, as they grow. */
export type Counts = { -readonly [K in keyof Omit<TransportReport, "queries">]: TransportReport[K] } & {
  readonly queries: Record<QueryResult, number>;
};

/** Nothing seen yet. */
export function newCounts(): Counts {
  return {
    open: 0,
    connections: 0,
    refusedConnections: 0,
    frames: 0,
    bytesIn: 0,
    decodeErrors: 0,
    oversized: 0,
    refusedFrames: 0,
    queries: { answered: 0, refused: 0, timeout: 0, abandoned: 0 },
    acks: 0,
  };
}
