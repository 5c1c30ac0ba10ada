import type { TestContext } from "node:test";

type Work = () => unknown;

/** What is to be done after each test, in the order in which it was asked for. */
const asked = new WeakMap<Pick<TestContext, "after">, Work[]>();

/**
 * Does this after the test, the last thing first, and all of it though some of it throws. Hooks of `t.after` run in the
 * order in which they are made, up to the first that throws: a directory would go before the daemon that writes there.
 */
export function cleanUp(t: Pick<TestContext, "after">, work: Work): void {
  const before = asked.get(t);
  if (before !== undefined) return void before.push(work);
  const all = [work];
  asked.set(t, all);
  t.after(async () => {
    const errors: unknown[] = [];
    for (const one of all.reverse())
      try {
        await one();
      } catch (thrown) {
        errors.push(thrown);
      }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, "clean-up failed");
  });
}
