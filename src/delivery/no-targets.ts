import type { StageLog } from "../core/stage.ts";
import type { SinkBooks, TargetPort, TargetSpec, TargetsPort } from "../core/target-port.ts";
import type { Targets } from "./targets.ts";
import { NOTHING_TO_SEND } from "./trouble.ts";

/** The targets of tests and replays: nothing is opened, and what they are given counts as delivered. */
export const NO_TARGETS: TargetsPort = {
  use: (_, books) => ({
    offer(_item, _events, _bytes, value) {
      books.taken(1);
      books.delivered(1);
      books.pass(value);
      return null;
    },
    refuse(value, why) {
      books.taken(1);
      books.dropped([value], "refused", why);
      books.pass(value);
    },
    release() {},
  }),
};

/** The targets of tests of stages: what route code writes to itself is written to; what nothing can be made of is logged. */
export class OwnTargets implements TargetsPort {
  readonly #own: Targets;
  readonly #log: StageLog;

  constructor(own: Targets, log: StageLog) {
    this.#own = own;
    this.#log = log;
  }

  use<Item>(spec: TargetSpec<Item>, books: SinkBooks): TargetPort {
    const isOwn = "open" in spec && spec.isOwn === true;
    if (isOwn) return this.#own.use(spec, books);
    const none = NO_TARGETS.use(spec, books);
    return {
      ...none,
      refuse: (value, error) => {
        this.#log.warn(NOTHING_TO_SEND, { target: spec.label, error });
        none.refuse(value, error);
      },
    };
  }
}
