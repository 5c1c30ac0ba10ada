import type { Event } from "../core/event.ts";
import { ByFields } from "./by-fields.ts";
import { Generations } from "./generations.ts";
import { labelsOf, metricName } from "./prometheus-labels.ts";

/** A series as a target of remote write knows it. */
export interface Series {
  /** Names and values in turn, sorted by name, `__name__` among them. */
  readonly labels: readonly string[];
  /** The labels as version 1 writes them; null until it does. */
  encoded: Buffer | null;
  /** The time of the last sample that the target took, milliseconds. */
  sent: number;
  /** Its samples of the batch that is being arranged. */
  samples: Samples | null;
}

/** Samples of one series by time: milliseconds, values (null: stale), and which event each is of. */
export interface Samples {
  readonly series: Series;
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  readonly events: readonly number[];
}

/** Of twice as many series the longest unused are forgotten, and with them how far they were sent. */
const MAX_SERIES = 50_000;

/** The series of all events, found by their fields; those whose labels become the same are one. */
export class SeriesTable {
  readonly #byFields = new ByFields<Series>(MAX_SERIES);
  readonly #byLabels = new Generations<Series>(MAX_SERIES);

  of(event: Event): Series {
    return this.#byFields.of(event, this.#make);
  }

  readonly #make = (event: Event): Series => {
    const pairs = [["__name__", metricName(event.service ?? "")], ...labelsOf(event)];
    const labels = pairs.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)).flat();
    return this.#byLabels.of(JSON.stringify(labels), () => ({ labels, encoded: null, sent: -1, samples: null }));
  };
}
