import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { EVENT_SERIES, type ScrapedSample } from "./scraped-series.ts";

/** The writer of the page `/metrics/events`: see `prometheus`. */
export function open(_config: unknown, { clock }: TargetScope): TargetWriter<unknown> {
  return {
    async write(items) {
      const now = clock.now();
      const rejected = (items as readonly (readonly ScrapedSample[])[]).flatMap((samples, index) =>
        samples.map((sample) => EVENT_SERIES.put(sample, now)).includes(false) ? [index] : [],
      );
      if (rejected.length === 0) return;
      throw new DeliveryFailure("refused", "/metrics/events has as many series as it can", { rejected });
    },
    close: () => EVENT_SERIES.clear(),
  };
}
