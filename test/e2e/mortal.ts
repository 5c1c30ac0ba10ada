import { writeFileSync } from "node:fs";
import type { DaemonProcess } from "./daemon-process.ts";

/**
 * A module of route files: `filter(mortal(file))` ends the thread soon after the file is there, or has it hang when it says so.
 * Not as a stage works: a record at which two threads end is given up.
 */
export const MORTAL = `import { readFileSync, rmSync } from "node:fs";
const watched = new Set<string>();
function obey(file: string): void {
  let order = "";
  try {
    order = readFileSync(file, "utf8");
    rmSync(file);
  } catch {
    return; // it is not there, or another thread has taken it
  }
  if (order === "hang") for (;;);
  process.exit(1);
}
export const mortal = (file: string) => (): boolean => {
  if (!watched.has(file)) setInterval(() => obey(file), 5);
  watched.add(file);
  return true;
};`;

/** Pipelines that end one worker each, when its file is there: as many as there are workers. */
export function mortals(files: readonly string[]): string {
  const pipelines = files.map(
    (file, n) => `pipeline("mortal ${n}", [filter(mortal(${JSON.stringify(file)}))], { spread: false });`,
  );
  return ['import { filter, pipeline } from "fast-ts";', 'import { mortal } from "./_mortal.ts";', ...pipelines].join(
    "\n",
  );
}

/** Ends the thread that looks at the file. */
export function end(file: string, how: "exit" | "hang" = "exit"): void {
  writeFileSync(file, how);
}

/** Whether so many threads were replaced. */
export function hasReplaced(daemon: DaemonProcess, times: number): () => Promise<boolean> {
  return async () => {
    const { workers } = await daemon.tree();
    return workers.reduce((sum, one) => sum + one.replaced, 0) === times;
  };
}
