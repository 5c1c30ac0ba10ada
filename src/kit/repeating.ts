import type { Context } from "../core/stage.ts";

/** Calls `run` every `seconds` for which the daemon is up, without drift, and goes on with that when it is restored. */
export function repeating(
  { alarm, clock, isRestored }: Pick<Context, "alarm" | "clock" | "isRestored">,
  seconds: number,
  run: () => void,
): void {
  const next = alarm(
    (at) => {
      next.set(at + seconds * Math.max(1, Math.ceil((clock.elapsed() - at) / seconds)));
      run();
    },
    { by: "elapsed" },
  );
  if (!isRestored) next.set(clock.elapsed() + seconds);
}
