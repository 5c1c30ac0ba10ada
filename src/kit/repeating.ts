import type { Context } from "../core/stage.ts";

/**
 * Does the work of `begin` every `seconds` for which the daemon is up, without drift, and goes on with that when it is
 * restored. Events get their turn between two of its steps, other timers do not: they come before or after it.
 */
export function repeating(
  { alarm, clock, isRestored }: Pick<Context, "alarm" | "clock" | "isRestored">,
  seconds: number,
  begin: () => Iterator<unknown>,
): void {
  let work: Iterator<unknown> | null = null;
  const next = alarm(
    (at) => {
      work ??= begin();
      if (work.next().done !== true) return next.again(at);
      work = null;
      next.set(at + seconds * Math.max(1, Math.ceil((clock.elapsed() - at) / seconds)));
    },
    { by: "elapsed" },
  );
  if (!isRestored) next.set(clock.elapsed() + seconds);
}
