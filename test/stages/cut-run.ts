import type { Event } from "../../src/core/event.ts";
import { DEFAULT_TTL } from "../../src/core/expiry.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { nowhere, type Stage } from "../../src/core/stage.ts";
import { layOut } from "../../src/engine/layout.ts";
import { newCounts } from "../../src/engine/ledger.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** What stages give for events that are offered in batches of these sizes, in turn, at one moment; then 99 s pass. */
export function cutRun(
  stages: readonly Stage<never, unknown>[],
  events: readonly Event[],
  sizes: readonly number[],
): readonly unknown[] {
  const clock = new VirtualClock();
  const postponed: (() => void)[] = [];
  const work = (): void => {
    for (let next = postponed.shift(); next !== undefined; next = postponed.shift()) next();
  };
  const layout = layOut(stages);
  const supervisor = new Supervisor(pipeline("cut", []), layout, newCounts(layout.rows.length), {
    clock,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    turnEnd: Number.POSITIVE_INFINITY,
    full: 0,
    inbox: 16_384,
    defaultTtl: DEFAULT_TTL,
    enter: (_, work) => work(),
    later: (next) => void postponed.push(next),
    relieved: ignore,
    overloaded: ignore,
    outlet: () => nowhere,
    explain: (error) => error.message,
  });
  const out: unknown[] = [];
  supervisor.output = (value) => out.push(value);
  supervisor.start();
  let from = 0;
  for (let turn = 0; from < events.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    supervisor.offer(events.slice(from, from + size));
    from += size;
    work();
  }
  while (clock.runNext(99)) work();
  supervisor.abandon();
  return out;
}

function ignore(): void {}
