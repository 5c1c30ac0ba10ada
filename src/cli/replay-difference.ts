import type { Recorded } from "../testing/routes-under-test.ts";
import { formatJson } from "../text/format-json.ts";

/** What one side's sinks get and the other's do not. */
export interface Change {
  readonly sign: "-" | "+";
  readonly recorded: Recorded;
}

/**
 * What differs: what a sink of the same name gets at the same time on both sides does not, whichever pipeline it comes
 * from. In order of time, removed output before new.
 */
export function difference(before: readonly Recorded[], after: readonly Recorded[]): readonly Change[] {
  const gone = new Map<string, Recorded[]>();
  for (const recorded of before) {
    const key = keyOf(recorded);
    const equal = gone.get(key);
    if (equal === undefined) gone.set(key, [recorded]);
    else equal.push(recorded);
  }
  const added = after.filter((recorded) => gone.get(keyOf(recorded))?.shift() === undefined);
  const changes = [
    ...[...gone.values()].flat().map((recorded): Change => ({ sign: "-", recorded })),
    ...added.map((recorded): Change => ({ sign: "+", recorded })),
  ];
  return changes.sort((a, b) => a.recorded.at - b.recorded.at);
}

function keyOf({ at, name, events, rendered }: Recorded): string {
  return `${at} ${name} ${formatJson(events)} ${JSON.stringify(rendered)}`;
}
