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

/** How the queries of all doors ended. */
export type QueryCounts = Record<QueryResult, number>;

/** No query yet. */
export function newQueryCounts(): QueryCounts {
  return { answered: 0, refused: 0, timeout: 0, abandoned: 0 };
}

/** What a door has counted since the start; every number only grows, but `open`. */
export interface DoorCounts {
  /** Connections open now. */
  open: number;
  /** Connections ever accepted. */
  connections: number;
  /** Connections closed at once because `max-connections` were open. */
  refusedConnections: number;
  /** Whole frames received. */
  frames: number;
  bytesIn: number;
  /** Frames that are no message: answered `ok=false`, connection closed. */
  decodeErrors: number;
  /** Frames longer than `max-frame`: answered `ok=false`, connection closed. */
  oversized: number;
  /** Frames answered `ok=false` because the daemon was too busy for too long, or too many were unfinished. */
  refusedFrames: number;
  /** Frames of which nothing came for too long, or too little: answered `ok=false`, connection closed. */
  unfinished: number;
  /** Answers given, of any kind. */
  acks: number;
  /** Connections and datagrams from addresses that `allow` does not name. */
  denied: number;
  /** Datagrams not taken because the daemon was too busy: nobody waits for an answer. */
  dropped: number;
  /** Datagrams that the kernel dropped because the socket's buffer was full. */
  kernelDropped: number;
  /** TLS handshakes that failed. */
  failedHandshakes: number;
}

/** Nothing seen yet. */
export function newDoorCounts(): DoorCounts {
  return {
    open: 0,
    connections: 0,
    refusedConnections: 0,
    frames: 0,
    bytesIn: 0,
    decodeErrors: 0,
    oversized: 0,
    refusedFrames: 0,
    unfinished: 0,
    acks: 0,
    denied: 0,
    dropped: 0,
    kernelDropped: 0,
    failedHandshakes: 0,
  };
}

/** What one door has seen. */
export interface DoorReport extends Readonly<DoorCounts> {
  readonly name: string;
  /** Unix seconds at which its certificate ends; null when it has none. */
  readonly notAfter: number | null;
}

/** What all doors have seen together. */
export interface TransportReport extends Readonly<DoorCounts> {
  readonly queries: Readonly<QueryCounts>;
}

/** The sum of all doors. */
export function sumOf(doors: readonly DoorReport[], queries: QueryCounts): TransportReport {
  const sum = newDoorCounts();
  for (const door of doors) for (const name of KEYS) sum[name] += door[name];
  return { ...sum, queries };
}

const KEYS: readonly (keyof DoorCounts)[] = [
  ...(["open", "connections", "refusedConnections", "frames", "bytesIn"] as const),
  ...(["decodeErrors", "oversized", "refusedFrames", "unfinished", "acks"] as const),
  ...(["denied", "dropped", "kernelDropped", "failedHandshakes"] as const),
];
