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

/** For a runner of tests: from now on remembers all notes. Returns a function that gives them, and forgets them. */
export function gatherNotes(): () => string[] {
  recent = [];
  return () => {
    const said = new Set((recent ?? []).flatMap((note) => note() ?? []));
    recent = [];
    return [...said];
  };
}

/** Nothing came out, a timer waits, and time has not passed since `start`: that the test let none pass may be a slip. */
export function noteOnTime(isEmpty: boolean, start: number, now: number, due: number): string | null {
  if (!isEmpty || now > start || !Number.isFinite(due)) return null;
  return `nothing came out, and a timer waits until second ${due}, while the clock shows ${now}: wait(${due - now}) lets time pass`;
}
