import { randomInt } from "node:crypto";
import { type TestContext, test } from "node:test";

export interface DrillRun {
  readonly t: TestContext;
  /** How often to repeat. */
  readonly times: number;
  readonly seed: number;
  /** Says what was counted. */
  readonly say: (words: string) => void;
}

/**
 * Something that is repeated many times.
 *
 * @param times - As often as takes 20 s at most, for CI. 0: once takes longer, and CI leaves it out.
 */
export function drill(about: string, times: number, run: (run: DrillRun) => Promise<void>): void {
  const of = (name: string, fallback: number): number => Number(process.env[name] || fallback);
  test(about, async (t) => {
    const chosen = { times: of("FTS_DRILL_TIMES", times), seed: of("FTS_DRILL_SEED", randomInt(1, 2 ** 31)) };
    if (chosen.times === 0) return t.skip("once takes longer than 20 s: --times says how often");
    t.diagnostic(`seed ${chosen.seed}`);
    const begun = performance.now();
    await run({ t, ...chosen, say: (words) => t.diagnostic(words) });
    const seconds = (performance.now() - begun) / 1000;
    t.diagnostic(`${chosen.times} times in ${seconds.toFixed(1)} s`);
  });
}
