/** What may explain that results are not as expected: made only when an expectation fails. */
export type Note = () => string | null;

const notes = new WeakMap<object, Note>();
let recent: Note[] | null = null;

/** Keeps a note on results. */
export function noteOn(results: object, note: Note): void {
  notes.set(results, note);
  recent?.push(note);
}

/** The note on these results, if there is anything to say. */
export function noteFor(results: object): string | null {
  return notes.get(results)?.() ?? null;
}

/** For a runner of tests: from now on remembers all notes, until they are taken. */
export function gatherNotes(): void {
  recent = [];
}

/** The notes that were kept since they were last taken; each says what it has to say when it is asked. */
export function takeNotes(): readonly Note[] {
  const taken = recent ?? [];
  recent = [];
  return taken;
}

/** Nothing came out, and a timer waits: that the test did not let enough time pass may be a slip. */
export function noteOnTime(now: number, due: number): string | null {
  if (!Number.isFinite(due)) return null;
  return `nothing came out, and a timer waits until second ${due}, while the clock shows ${now}: wait(${due - now}) lets time pass`;
}

/** Stages still wait for a promise, which `door` would have settled. */
export function noteOnWaiting(stages: readonly string[], door: string): string {
  return `${stages.join(", ")}: waits for a promise, which ${door} lets settle`;
}
