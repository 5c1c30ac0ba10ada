/** The metric of an event as Prometheus is to see it. */
export interface ScrapedSample {
  readonly name: string;
  /** As they stand between the braces. */
  readonly labels: string;
  /** What the name and the labels were made of: series of several origins collide. */
  readonly origin: string;
  /** Null: the series ends. */
  readonly value: number | null;
  /** Seconds that it is shown. */
  readonly ttl: number;
}

interface Shown {
  origin: string;
  value: number;
  until: number;
}

const MAX_SERIES = 100_000;

/** The last sample of each series, as long as it is valid. */
export class ScrapedSeries {
  /** By name, then by labels. */
  readonly #metrics = new Map<string, Map<string, Shown>>();
  #count = 0;
  #collisions = 0;

  /** False when there is no room for another series. `now`: seconds of any clock, the same for all calls. */
  put({ name, labels, origin, value, ttl }: ScrapedSample, now: number): boolean {
    const series = this.#metrics.get(name);
    const shown = series?.get(labels);
    if (value === null) {
      if (series?.delete(labels)) this.#count--;
      return true;
    }
    if (shown !== undefined) {
      if (shown.origin !== origin && shown.until > now) this.#collisions++;
      Object.assign(shown, { origin, value, until: now + ttl });
      return true;
    }
    if (this.#count >= MAX_SERIES) this.#expire(now);
    if (this.#count >= MAX_SERIES) return false;
    this.#count++;
    const fresh = { origin, value, until: now + ttl };
    if (series === undefined) this.#metrics.set(name, new Map([[labels, fresh]]));
    else series.set(labels, fresh);
    return true;
  }

  /** The page in Prometheus's text format 0.0.4, piece by piece. */
  *text(now: number): Iterable<string> {
    this.#expire(now);
    for (const [name, series] of this.#metrics) {
      let lines = `# HELP ${name} From events.\n# TYPE ${name} gauge\n`;
      for (const [labels, { value }] of series)
        lines += `${name}${labels === "" ? "" : `{${labels}}`} ${numberText(value)}\n`;
      yield lines;
    }
    const about = "Samples of series that became the same name as another.";
    const name = "fast_ts_scrape_collisions_total";
    yield `# HELP ${name} ${about}\n# TYPE ${name} counter\n${name} ${this.#collisions}\n`;
  }

  /** Shows nothing any more. */
  clear(): void {
    this.#metrics.clear();
    this.#count = 0;
    this.#collisions = 0;
  }

  #expire(now: number): void {
    for (const [name, series] of this.#metrics) {
      for (const [labels, { until }] of series)
        if (until <= now) {
          series.delete(labels);
          this.#count--;
        }
      if (series.size === 0) this.#metrics.delete(name);
    }
  }
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

/** What the process shows: the writer and the page are in its main thread, and know of each other by this alone. */
export const EVENT_SERIES = new ScrapedSeries();
