import assert from "node:assert/strict";
import { test } from "node:test";
import { eachEvent } from "../../src/core/each-event.ts";
import type { Event } from "../../src/core/event.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { type DropReason, nowhere, type Outlet } from "../../src/core/stage.ts";
import { Router } from "../../src/engine/router.ts";
import { by, filter, reinject, set } from "../../src/stages/index.ts";
import { perform, wait } from "../../src/testing/index.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { joined } from "../engine/joined.ts";

const trailed = (trail: string) => ({ attributes: { "fast-ts trail": trail } });

/** One pipeline that reinjects into `outlet`. */
function into(outlet: Outlet) {
  return joined([pipeline("p", [by("host", [reinject({ hops: 3 })])])], ({ kind }) =>
    kind === "reinject" ? outlet : nowhere,
  );
}

test("sends events out with the pipeline's name on them, and passes nothing on", () => {
  const sent: Event[] = [];
  const { router, offer, out, report } = into(
    eachEvent((event) => {
      sent.push(event);
      return null;
    }),
  );
  offer(1, 2);
  assert.deepEqual(
    [out("p"), sent.map((e) => e.metric), sent.map((e) => e.attributes)],
    [[], [1, 2], [trailed("p").attributes, trailed("p").attributes]],
  );
  assert.equal(sent[0]?.attributes, sent[1]?.attributes, "shared as before");
  assert.equal(router.supervisors.length, 1);
  assertBalanced(report("p"));
  assert.equal(report("p").stages[1]?.delivered, 2);
});

test("an event that has gone round too often is dropped, and the log names the way round once", () => {
  const steps = ["a", "a → b", "a → b → a", "x → y → z → x"].map((trail) => ({ metric: 1, ...trailed(trail) }));
  const { ledger, log } = perform([reinject({ hops: 3 })], steps);
  assert.deepEqual([ledger.stages[0]?.delivered, ledger.stages[0]?.dropped.refused], [2, 2]);
  assertBalanced(ledger);
  assert.deepEqual(
    log.map(({ level, fields }) => [level, fields.trail]),
    [["warn", "a → b → a → run"]],
  );
});

test("says how many went round too often once all has been well for a while", () => {
  const round = { metric: 1, ...trailed("a → b → a") };
  const { log } = perform([reinject({ hops: 3 })], [round, round, wait(10), { metric: 1 }]);
  assert.deepEqual([log.length, log[1]?.message, log[1]?.fields.lost], [2, "the trouble is over", 2]);
});

test("what is not in yet is pending, and then delivered or dropped as it is told", async () => {
  const fates: ((fate: DropReason | null) => void)[] = [];
  const { offer, turns, report, supervisor, messages } = into(() => new Promise((resolve) => fates.push(resolve)));
  offer(1, 2, 3, 4);
  const line = () => {
    const { delivered, pending, dropped } = report("p").stages[1] ?? {};
    return { delivered, pending, overflow: dropped?.overflow, refused: dropped?.refused };
  };
  assert.deepEqual(line(), { delivered: 0, pending: 4, overflow: 0, refused: 0 });
  fates[0]?.(null);
  fates[1]?.("overflow");
  fates[2]?.("overflow");
  await turns();
  assert.deepEqual(line(), { delivered: 1, pending: 1, overflow: 2, refused: 0 });
  assert.equal(messages("too many events wait to be reinjected: the newest are dropped").length, 1);
  let isStopped = false;
  const stopped = supervisor("p")
    .stop()
    .then(() => {
      isStopped = true;
    });
  await turns();
  assert.deepEqual([isStopped, line().pending], [false, 1], "the stop waits for it");
  fates[3]?.("refused");
  await stopped;
  assert.deepEqual(line(), { delivered: 1, pending: 0, overflow: 2, refused: 1 });
  assertBalanced(report("p"));
});

test("says how many found no room once all has been well for a while, and nothing of what is refused", async () => {
  let fate: DropReason | null = "refused";
  const { offer, turns, wait, log } = into(async () => fate);
  offer(1);
  await turns();
  assert.equal(log.length, 0);
  fate = "overflow";
  offer(2, 3);
  await turns();
  fate = null;
  offer(4);
  await wait(10);
  offer(5);
  await turns();
  assert.deepEqual([log.length, log[1]?.message, log[1]?.fields.lost], [2, "the trouble is over", 2]);
});

test("events between two pipelines go round as often as they may, and no further", async () => {
  const router = new Router();
  const again: Event[] = [];
  const between = joined(
    [
      pipeline("ping", [filter((e) => e.service !== "ping"), set({ service: "ping" }), reinject()]),
      pipeline("pong", [filter((e) => e.service === "ping"), set({ service: "pong" }), reinject()]),
    ],
    ({ kind }) =>
      kind === "reinject"
        ? eachEvent((event) => {
            again.push(event);
            return null;
          })
        : nowhere,
    router,
  );
  between.offer(1);
  for (let next = again.shift(); next !== undefined; next = again.shift()) router.offer([next], 0);
  const [ping, pong] = [between.report("ping"), between.report("pong")];
  assert.deepEqual([ping.offered, pong.offered], [9, 9]);
  assert.deepEqual([ping.stages[2]?.delivered, pong.stages[2]?.delivered], [4, 4]);
  assert.equal(ping.stages[2]?.dropped.refused, 1);
  assertBalanced(ping, pong);
  const trail = between.messages("events go round: those reinjected too often are dropped")[0]?.fields.trail;
  assert.equal(trail, "ping → pong → ping → pong → ping → pong → ping → pong → ping");
});

test("refuses hops that are none", () => {
  for (const hops of [0, 1.5, Number.NaN])
    assert.throws(() => reinject({ hops }), {
      code: "FTS_STAGE_OPTION",
      message: `reinject(hops): must be a whole number >= 1, got ${hops}`,
    });
  // @ts-expect-error a typing slip
  assert.throws(() => reinject({ hop: 3 }), {
    code: "FTS_STAGE_OPTION",
    message: /no option "hop"; did you mean "hops"\? it takes hops$/,
  });
});
