import { setTimeout as pause } from "node:timers/promises";

/** What takes longer never comes, however busy the machine is. */
export const MAX_WAIT_SECONDS = 240;
const MAX_PAUSE_MS = 20;

/** Resolves with what `probe` gives once that is something (not false, null or undefined); looks often, gives up loudly. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  seconds = MAX_WAIT_SECONDS,
  explain: () => string = () => "",
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + seconds * 1000;
  // What is there in a moment costs a moment; what takes long is not asked for all the time.
  for (let wait = 1; ; wait = Math.min(2 * wait, MAX_PAUSE_MS)) {
    const found = await probe();
    if (isSomething(found)) return found;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain for: ${what}\n${explain()}`);
    await pause(wait);
  }
}

export function isSomething<T>(value: T): value is Exclude<T, false | null | undefined> {
  return value !== false && value !== null && value !== undefined;
}
