import { stage } from "fast-ts";

interface Series {
  events: number;
  metricSum: number;
}

/** A user's own stage with state for each host and service, in the fastest shape there is: Maps of interned strings. */
export const perSeries = () =>
  stage("perSeries", ({ emit }) => {
    const hosts = new Map<string | null, Map<string | null, Series>>();
    return (event) => {
      let services = hosts.get(event.host);
      if (services === undefined) {
        services = new Map();
        hosts.set(event.host, services);
      }
      let series = services.get(event.service);
      if (series === undefined) {
        series = { events: 0, metricSum: 0 };
        services.set(event.service, series);
      }
      series.events++;
      series.metricSum += event.metric ?? 0;
      emit(event);
    };
  });

/** The same state for one series: to be put in a `by`. */
export const tally = () =>
  stage("tally", ({ emit }) => {
    const series: Series = { events: 0, metricSum: 0 };
    return (event) => {
      series.events++;
      series.metricSum += event.metric ?? 0;
      emit(event);
    };
  });
