import { withMetric } from "../core/event.ts";
import { checkKeys } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { checkKeyedOptions, KEYED_OPTIONS, type KeyedOptions, startKeyedTable } from "../kit/keyed-options.ts";
import { quantileRank } from "../kit/quantile-rank.ts";
import { compileKey } from "../kit/selector.ts";
import { SortedNumbers } from "../kit/sorted-numbers.ts";

/** How many hosts `clockSkew` knows, and for how long. */
export type ClockSkewOptions = KeyedOptions;

const byHost = compileKey("clockSkew", "host");

/**
 * How far each host's clock is off: seconds ahead of the median of all hosts' clocks, below 0 when behind.
 *
 * Emits each event at once, with the difference as its metric. A host's clock is the time of its last event plus the
 * time since it arrived; with an even number of hosts, the median is the higher of the two in the middle. Holds two
 * numbers for each host, at most `max` hosts, each until it has been idle for `ttl` seconds. An event that says
 * `expired` passes unchanged, and its host is forgotten. Events without a metric are treated like any other, and `null`
 * is a host.
 *
 * Time in transit counts as being behind, so use events that are sent at once, not in batches.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when an option is unknown or wrong.
 * @category Rates and statistics
 * @example
 * pipeline("clocks that are off", [clockSkew(), filter((e) => Math.abs(e.metric ?? 0) > 5), stdout()]);
 */
export function clockSkew(options: ClockSkewOptions = {}): Stage {
  checkKeys("clockSkew", options, KEYED_OPTIONS);
  checkKeyedOptions("clockSkew", options);
  const start: Start = (context) => {
    const { clock, emit } = context;
    // How far the hosts are ahead of ours: all put forward alike, their order and distances stay.
    const leads = new SortedNumbers();
    context.keeps(leads);
    const forget = (lead: number | null): void => {
      if (lead !== null) leads.remove(lead);
    };
    const hosts = startKeyedTable<number | null>(context, options, {
      ...byHost,
      create: () => null,
      onEvict: forget,
    });
    return (event) => {
      const host = hosts.at(event);
      if (event.state === "expired") {
        forget(host.value);
        host.value = null;
        return emit(event);
      }
      const lead = event.time - clock.now();
      if (host.value === null) leads.add(lead);
      else leads.replace(host.value, lead);
      host.value = lead;
      emit(withMetric(event, lead - (leads.at(quantileRank(0.5, leads.size)) ?? lead)));
    };
  };
  return stage("clockSkew", start, { memory: options.ttl ?? 3600, changes: ["metric"], shape: [] });
}
