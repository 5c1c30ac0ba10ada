import type { TargetPort, TargetSpec, TargetsPort } from "../core/target-port.ts";

/** The targets of tests and replays: nothing is opened, and what they are given counts as delivered. */
export const NO_TARGETS: TargetsPort = {
  use<T>(_: TargetSpec<T>): TargetPort<T> {
    return {
      offer(giver, _item, _events, _bytes, pass) {
        giver.taken(1);
        giver.delivered(1);
        pass();
        return null;
      },
    };
  },
  release() {},
};
