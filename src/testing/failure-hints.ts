/** What may explain that results are not as expected: made only when an expectation fails. */
export type FailureHint = () => string | null;

const notes = new WeakMap<object, FailureHint>();
let recent: FailureHint[] | null = null;

/** Keeps a note on results. */
export function hintOn(results: object, note: FailureHint): void {
  notes.set(results, note);
  recent?.push(note);
}

/** The note on these results, if there is anything to say. */
export function hintFor(results: object): string | null {
  return notes.get(results)?.() ?? null;
}

/** For a runner of tests: from now on remembers all notes, until they are taken. */
export function gatherHints(): void {
  recent = [];
}

/** The notes that were kept since they were last taken; each says what it has to say when it is asked. */
export function takeHints(): readonly FailureHint[] {
  const taken = recent ?? [];
  recent = [];
  return taken;
}

/** Nothing came out, and a timer waits: that the test did not let enough time pass may be a slip. */
export function hintOnTime(now: number, due: number): string | null {
  if (!Number.isFinite(due)) return null;
  return `nothing came out, and a timer waits until second ${due}, while the clock shows ${now}: wait(${due - now}) lets time pass`;
}

/** Events were so far ahead of the virtual clock that they counted as now, which `wait` and `at` would have moved. */
export function hintOnAhead(count: number, maxAhead: number): string {
  const events = count === 1 ? "1 event was" : `${count} events were`;
  return `${events} more than ${maxAhead} s ahead of the clock and counted as now: at(second, event) moves it, { maxAhead } allows more`;
}

/** Stages still wait for a promise, which `alternative` would have settled. */
export function hintOnWaiting(stages: readonly string[], alternative: string): string {
  return `${stages.join(", ")}: waits for a promise, which ${alternative} lets settle`;
}
