import type { Row } from "./table.ts";

/** What the command line says. */
export interface Settings {
  /** How often each thing is measured; figures are medians. */
  readonly rounds: number;
  /** Events a message to look at, where a scenario looks at several. */
  readonly batches: readonly number[];
  /** How long the memory of a saturated daemon is watched, seconds. */
  readonly rssSeconds: number;
  /** For a look, not for a claim. */
  readonly isQuick: boolean;
}

/** The tables of one scenario. */
export interface Outcome {
  readonly tables: readonly { readonly title: string; readonly rows: readonly Row[] }[];
  /** Whether every run delivered every event exactly once. */
  readonly isExact: boolean;
}

/** Something that `npm run bench NAME` measures. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Left out when no name is given: another scenario covers it. */
  readonly isPart?: boolean;
  run(settings: Settings): Promise<Outcome>;
}
