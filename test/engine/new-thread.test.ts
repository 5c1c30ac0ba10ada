import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { DEFAULT_TTL } from "../../src/core/expiry.ts";
import { NO_TARGETS } from "../../src/delivery/no-targets.ts";
import { newThread, type ThreadOptions } from "../../src/engine/new-thread.ts";
import { EventIndex } from "../../src/kit/event-index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { type LogLine, recordingLog } from "../../src/testing/virtual-thread.ts";

function threadWith(options: Partial<ThreadOptions> = {}) {
  const lines: LogLine[] = [];
  const postponed: (() => void)[] = [];
  const index = new EventIndex();
  const thread = newThread({
    clock: new VirtualClock(),
    log: recordingLog(lines),
    index,
    targets: NO_TARGETS,
    later: (work) => void postponed.push(work),
    ...options,
  });
  return { thread, index, lines, postponed };
}

test("the index of a thread counts in its state budget, and gives up its oldest events when that is exceeded", () => {
  const { thread, index, lines, postponed } = threadWith({ maxStateBytes: 100_000 });
  for (let n = 0; n < 1_000; n++) index.put(event({ host: `h${n}`, service: "s", time: 0 }), 10_000);
  assert.ok(thread.state.isOver);
  assert.equal(thread.state.bytes, index.bytes);
  let turns = 0;
  for (; postponed.length > 0; turns++) for (const work of postponed.splice(0)) work();
  assert.ok(turns > 2, "it is given up in slices");
  assert.ok(!thread.state.isOver);
  assert.ok(thread.state.bytes <= 100_000 && index.size > 0);
  assert.deepEqual([index.lookup("h0", "s"), index.lookup("h999", "s")?.host], [null, "h999"]);
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields.heaviest]),
    [["warn", "index"]],
  );
});

test("what a thread is not given is as with nothing around it: no bound, no end of a turn, nowhere to send to", () => {
  const { thread } = threadWith();
  const { defaultTtl, turnEnd, state, full } = thread;
  assert.deepEqual(
    { defaultTtl, turnEnd, maxBytes: state.maxBytes, full },
    {
      defaultTtl: DEFAULT_TTL,
      turnEnd: Number.POSITIVE_INFINITY,
      maxBytes: Number.POSITIVE_INFINITY,
      full: 0,
    },
  );
  assert.equal(threadWith({ defaultTtl: 7 }).thread.defaultTtl, 7);
});
