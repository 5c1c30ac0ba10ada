import { fileURLToPath } from "node:url";
import type { Run } from "./measure.ts";
import type { Row } from "./table.ts";
import type { Target } from "./target.ts";
import type { TurnReport } from "./turns.ts";

const TURNS = fileURLToPath(new URL("turns.js", import.meta.url));

/** The daemon with its turns measured, on any core. */
export function watched(target: Target): Target {
  const command = (port: number): readonly string[] => target.command(port).toSpliced(1, 0, "--import", TURNS);
  return { ...target, isSingle: false, command };
}

/** The turns of each of its threads, and what the long ones were. */
export function turnRows([name, { output }]: readonly [string, Pick<Run, "output">]): Row[] {
  const told: TurnReport[] = output.filter((line) => line.startsWith('{"thread"')).map((line) => JSON.parse(line));
  const last = new Map(told.map((report) => [report.thread, report]));
  return [...last.values()].flatMap(({ thread, turns: all, causes }) => {
    const long = Object.entries(causes);
    return [
      { thread: `${name}: ${thread}`, turns: String(all), ...longOnes(long.map(([, one]) => one)) },
      ...long.map(([cause, one]) => ({ thread: `  ${cause}`, ...longOnes([one]) })),
    ];
  });
}

function longOnes(all: readonly (readonly [count: number, longest: number])[]): Row {
  const count = all.reduce((sum, [times]) => sum + times, 0);
  return { "> 5 ms": String(count), longest: Math.max(0, ...all.map(([, most]) => most)).toFixed(1) };
}
