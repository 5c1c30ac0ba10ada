import type { DoorReport } from "./report.ts";

/** A listener that feeds the intake. */
export interface Door {
  /** The protocol, as counters and log lines name it. */
  readonly name: string;
  readonly port: number;
  readonly report: DoorReport;
  /** Takes nothing more in: what was read is answered, what was not is left to the client to send again. */
  stop(): Promise<void>;
}
