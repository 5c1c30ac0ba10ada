import type { DoorReport } from "./report.ts";

/** A listener that feeds the intake. */
export interface Door {
  /** The protocol, as counters and log lines name it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly report: DoorReport;
  /** Reads anew what it has in files; false when something is wrong with it, and then what it had stays. */
  reload(): Promise<boolean>;
  /** Closes: messages that were read are answered; the client sends the others again. */
  stop(): Promise<void>;
}
