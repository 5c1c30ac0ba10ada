import assert from "node:assert/strict";
import { test } from "node:test";
import { beginTurn, prolongTurn, TURN_SECONDS } from "../../src/runtime/turn.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

test("what is offered in a turn ends with it, or has a millisecond when it comes at its end", () => {
  const machine = new VirtualClock();
  const thread = { machine, turnEnd: 0 };
  beginTurn(thread);
  const end = machine.elapsed() + TURN_SECONDS;
  const offeredAfter = (seconds: number): number => {
    machine.advanceTo(machine.now() + seconds);
    prolongTurn(thread);
    return thread.turnEnd;
  };
  assert.deepEqual([offeredAfter(0), offeredAfter(0.003)], [end, end]);
  const late = offeredAfter(0.002);
  assert.ok(late > end && late <= end + 0.0011, `${late - end} s`);
});
