import type { DoorReport } from "./report.ts";

/** A listener that feeds the intake. */
export interface Door {
  /** The protocol, as counters and log lines name it. */
  readonly name: string;
  readonly port: number;
  readonly report: DoorReport;
  /** Closes: messages that were read are answered; the client sends the others again. */
  stop(): Promise<void>;
}
