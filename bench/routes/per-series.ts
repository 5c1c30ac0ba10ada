import { keyedState, stage } from "fast-ts";

interface Series {
  events: number;
  metricSum: number;
}

/** A user's own stage with state for each host and service. */
export const perSeries = () => {
  const series = keyedState("perSeries", ["host", "service"], (): Series => ({ events: 0, metricSum: 0 }));
  return stage("perSeries", (context) => {
    const seriesOf = series(context);
    const { emit } = context;
    return (event) => {
      const state = seriesOf(event);
      state.events++;
      state.metricSum += event.metric ?? 0;
      emit(event);
    };
  });
};

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
