import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import type { PagerEvent } from "./pager.ts";
import { type Post, type PostConfig, Poster } from "./post.ts";

export interface PagerConfig extends PostConfig {
  readonly key: string;
}

/** The writer of a pager: a request for each event, in their order. What is sent again is the same incident. */
export function pagerWriter(
  config: PagerConfig,
  { clock }: TargetScope,
  compose: (event: PagerEvent, config: PagerConfig) => Post,
): TargetWriter<readonly PagerEvent[]> {
  const poster = new Poster(config, clock);
  return {
    async write(items, signal) {
      for (const event of items.flat()) await poster.post(compose(event, config), signal);
    },
    judge: () => "refused", // a request that cannot be made
    close: () => poster.close(),
  };
}
