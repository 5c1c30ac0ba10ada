import { NOTHING_KEPT } from "../core/alerts-port.ts";
import { DEFAULT_TTL } from "../core/expiry.ts";
import type { IndexView } from "../core/index-view.ts";
import { NO_SILENCES } from "../core/silences-port.ts";
import { nowhere } from "../core/stage.ts";
import { StateBudget, type StateHolder } from "./state-budget.ts";
import type { Thread } from "./thread.ts";

/** The index of a thread. */
export interface ThreadIndex extends IndexView, StateHolder {
  /** Called with how many bytes more it takes, or fewer. */
  onHeld: (bytes: number) => void;
}

type Given = "clock" | "log" | "targets" | "later";

export interface ThreadOptions extends Pick<Thread, Given>, Partial<Omit<Thread, Given | "index" | "state">> {
  readonly index: ThreadIndex;
  /** Maximum of what pipelines and the index hold, bytes. @default no bound */
  readonly maxStateBytes?: number;
}

/** A thread for pipelines. What is left out is as in a thread with nothing around it, whose turns never end. */
export function newThread({ index, maxStateBytes = Number.POSITIVE_INFINITY, ...given }: ThreadOptions): Thread {
  const { clock, machine = clock, log, later } = given;
  const state = new StateBudget({ maxBytes: maxStateBytes, clock: machine, log, later });
  index.onHeld = (bytes) => state.add(bytes);
  state.join(index);
  return {
    defaultTtl: DEFAULT_TTL,
    inbox: 16_384,
    turnEnd: Number.POSITIVE_INFINITY,
    full: 0,
    enter: (_, work) => work(),
    relieved() {},
    overloaded() {},
    alerts: NOTHING_KEPT,
    silences: NO_SILENCES,
    outlet: () => nowhere,
    explain: (error) => error.stack ?? error.message,
    ...given,
    machine,
    index,
    state,
  };
}
