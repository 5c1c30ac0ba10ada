import type { TargetPort, TargetsPort } from "../core/target-port.ts";

/** The targets of tests and replays: nothing is opened, and what they are given counts as delivered. */
export const NO_TARGETS: TargetsPort = {
  use: () => PORT,
  release() {},
};

const PORT: TargetPort<unknown> = {
  offer(giver, _item, _events, _bytes, value) {
    giver.taken(1);
    giver.delivered(1);
    giver.pass(value);
    return null;
  },
};
