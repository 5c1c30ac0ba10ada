import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../src/core/stage.ts";
import { readLedger, writeOff } from "../../src/engine/ledger.ts";
import { map } from "../../src/stages/map.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { rig } from "./rig.ts";

const ABOUT = { name: "p", file: "p.ts", line: 1, worker: 1, workers: [1], placement: "" };

test("the books of a thread that is gone balance after the write-off, whatever it was doing", () => {
  const { offer, supervisor } = rig([map((e) => e), stage("never", () => () => new Promise(() => {}))], { inbox: 5 });
  offer(...Array.from({ length: 1_025 }, (_, n) => n));
  offer(1, 2, 3);
  const counts = supervisor.counts.slice();
  writeOff(counts, 2);
  const report = readLedger(counts, ["map#0", "never#1"], ABOUT);
  assertBalanced(report);
  assert.deepEqual([report.inbox, report.lost.worker, report.stages[1]?.lost.worker], [0, 3, 1_025]);
  assert.equal(report.stages[1]?.waiting, 0);
});
