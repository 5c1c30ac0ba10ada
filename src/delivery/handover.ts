import type { Copy } from "../core/event-copy.ts";
import type { Settlement } from "../core/settlement.ts";
import type { DropReason } from "../core/stage.ts";
import type { TargetIdentity } from "../core/target-port.ts";
import type { TargetReport } from "./report.ts";

/** Items of one sink, on their way to the thread of their target's writer. */
export interface HandedItems {
  /** The sink, by a number of its thread. */
  readonly giver: number;
  /** Where it is counted what becomes of them: with the first items of a giver. */
  readonly settlement?: Settlement;
  readonly items: readonly unknown[];
  /** More than there are items only of a single one. */
  readonly events: number;
  /** What the items were made of, when the sink wants back what is given up. */
  readonly originals?: readonly Copy[];
}

/** How the sinks of a thread use a target. */
interface TargetUse extends TargetIdentity {
  readonly writer: string;
  readonly config: unknown;
}

/** What a thread with sinks says to the thread with the writers. */
export type Handover =
  /** A sink uses a target, the first one of this thread that does so in this way; `secrets`: for logs to mask. */
  | ({ readonly kind: "use"; readonly secrets: readonly string[] } & TargetUse)
  /** None of this thread's sinks uses the target in this way any more. */
  | ({ readonly kind: "release" } & TargetUse)
  | { readonly kind: "items"; readonly number: number; readonly id: string; readonly shares: readonly HandedItems[] }
  /** No more items of this giver will come. */
  | { readonly kind: "ended"; readonly giver: number };

/** What the thread with the writers says to a thread with sinks. */
export type HandoverAnswer =
  /** There was room for these items, or for others in their place. */
  | { readonly kind: "admitted"; readonly number: number }
  /** These were given up. */
  | {
      readonly kind: "returned";
      readonly giver: number;
      readonly originals: readonly Copy[];
      readonly reason: DropReason;
      readonly answer: string;
    };

/** What a thread took for a target elsewhere, and what of it is dropped before it was handed over, since the thread began. */
export type TransitCounts = Pick<TargetReport, "target" | "taken" | "dropped">;
