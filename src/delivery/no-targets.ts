import type { SinkBooks, TargetPort, TargetSpec, TargetsPort } from "../core/target-port.ts";
import type { Targets } from "./targets.ts";

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

/** The targets of tests of stages: what route code writes to itself is written to. */
export class OwnTargets implements TargetsPort {
  readonly #own: Targets;

  constructor(own: Targets) {
    this.#own = own;
  }

  use<Item>(spec: TargetSpec<Item>, books: SinkBooks): TargetPort {
    const isOwn = "open" in spec && spec.isOwn === true;
    return isOwn ? this.#own.use(spec, books) : NO_TARGETS.use(spec, books);
  }
}
