import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import type { PagerEvent } from "./pager.ts";
import { type Post, type PostConfig, Poster } from "./post.ts";

export interface PagerConfig extends PostConfig {
  readonly key: string;
}

/**
 * The writer of a pager: a request for each event, in their order. What is sent again is the same incident. Of a list an
 * event that is refused keeps no other from being sent, and another try goes on where the one before ended.
 */
export function pagerWriter(
  config: PagerConfig,
  { clock }: TargetScope,
  compose: (event: PagerEvent, config: PagerConfig) => Post,
): TargetWriter<readonly PagerEvent[]> {
  const poster = new Poster(config, clock);
  /** Of lists: why an event is refused; null when the pager has it. */
  const told = new WeakMap<PagerEvent, DeliveryFailure | null>();
  const tell = async (event: PagerEvent, signal: AbortSignal): Promise<DeliveryFailure | null> => {
    const known = told.get(event);
    if (known !== undefined) return known;
    const failure = await poster.post(compose(event, config), signal).then(() => null, refusalOf);
    told.set(event, failure);
    return failure;
  };
  return {
    async write(items, signal) {
      let refused: DeliveryFailure | null = null;
      for (const event of items.flat()) refused = (await tell(event, signal)) ?? refused;
      if (refused !== null) throw refused;
    },
    judge: () => "refused", // a request that cannot be made
    close: () => poster.close(),
  };
}

function refusalOf(thrown: unknown): DeliveryFailure {
  if (thrown instanceof DeliveryFailure && thrown.verdict === "refused") return thrown;
  throw thrown;
}
