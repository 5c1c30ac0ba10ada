import { show } from "../core/stage.ts";
import type { Verdict } from "../core/target-port.ts";
import { coerceError } from "../errors.ts";
import { cutText } from "./cut-text.ts";
import { mask } from "./secret-mask.ts";

/** The most characters of an answer that are kept. */
const MAX_ANSWER_CHARACTERS = 512;

/**
 * No target is left alone for longer than this at its own word, seconds: a wrong clock there is no reason to be silent
 * for a year.
 */
const MAX_RETRY_AFTER_SECONDS = 86_400;

export interface FailureDetails {
  /** Seconds the target asks to be left alone; more than a day counts as a day. */
  readonly retryAfter?: number;
  /** The target's own words. */
  readonly answer?: string;
  /** Indices of the items that the target refused: those alone are given up, all others it has. */
  readonly rejected?: readonly number[];
  /** Indices of the items that are worth another try; those neither here nor in `rejected` the target has. */
  readonly again?: readonly number[];
  /** Maximum tries before the items are dropped, whatever time is left. @default no bound */
  readonly maxTries?: number;
  readonly cause?: unknown;
}

/** A write that failed, with what to do about it. A target may echo what it was sent: secrets are masked. */
export class DeliveryFailure extends Error {
  override readonly name = "DeliveryFailure";
  readonly verdict: Verdict;
  readonly retryAfter: number;
  readonly answer: string;
  readonly rejected: readonly number[];
  readonly again: readonly number[];
  readonly maxTries: number;

  constructor(verdict: Verdict, message: string, details: FailureDetails = {}) {
    super(mask(message), details.cause === undefined ? {} : { cause: details.cause });
    this.verdict = verdict;
    this.retryAfter = Math.min(details.retryAfter ?? 0, MAX_RETRY_AFTER_SECONDS);
    this.answer = cutText(mask(details.answer ?? ""), MAX_ANSWER_CHARACTERS);
    this.rejected = details.rejected ?? [];
    this.again = details.again ?? [];
    this.maxTries = details.maxTries ?? Number.POSITIVE_INFINITY;
  }

  /** Whether the target said what became of each item. */
  get isPartial(): boolean {
    return this.rejected.length + this.again.length > 0;
  }
}

/** What `make` gives, or the failure that it throws. */
export function orFailure<Made>(make: () => Made): Made | DeliveryFailure {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof DeliveryFailure) return thrown;
    throw thrown;
  }
}

/** What was thrown as a failure: as it is when it is one, else with the verdict of `judge`. */
export function failureOf(thrown: unknown, judge: (error: Error) => unknown): DeliveryFailure {
  if (thrown instanceof DeliveryFailure) return thrown;
  const error = coerceError(thrown);
  const verdict = judge(error) ?? "failed";
  if (isVerdict(verdict)) return new DeliveryFailure(verdict, error.message, { cause: error });
  const must = `judge must return "retry", "refused" or "failed", got ${show(verdict)}`;
  return new DeliveryFailure("failed", `${error.message}; ${must}`, { cause: error });
}

/** The functions of route files return anything. */
function isVerdict(value: unknown): value is Verdict {
  return value === "retry" || value === "refused" || value === "failed";
}
