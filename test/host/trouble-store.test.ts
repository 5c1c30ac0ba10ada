import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, DELIVERY, LOST, Process, piped } from "./troubled-process.ts";

const thread = {};
const CRITICAL = `critical ${DELIVERY}: a by a thread`;
const OK = `ok ${DELIVERY}: a takes events again, 3 wait for it`;
const OK_BY_THREAD = `ok ${DELIVERY}: a by a thread`;
const GONE = `ok ${DELIVERY}: no route sends to a any more: whether it works is not known`;

test("a thread that tells of an outage tells its end, and nobody else does", async () => {
  const one = await Process.start();
  one.hear(thread, "critical");
  await one.pass(1);
  one.took(0);
  await one.pass(100);
  one.hear(thread, "ok");
  await one.pass(100);
  assert.deepEqual(one.told, [CRITICAL, OK_BY_THREAD]);
  const next = await one.restart();
  next.took(0);
  await next.pass(100);
  assert.deepEqual(next.told, []);
});

test("an outage of the last process is over, once, when its target has taken something", async () => {
  const one = await Process.start();
  one.hear(thread, "critical");
  const next = await one.restart();
  next.took(null);
  await next.pass(5);
  next.took(60);
  await next.pass(5);
  next.took(0, "open");
  await next.pass(5);
  assert.deepEqual(next.told, []);
  next.took(0);
  await next.pass(100);
  assert.deepEqual(next.told, [OK]);
  assert.deepEqual(next.lines, ["info target takes events again: a"]);
  const last = await next.restart();
  last.took(0);
  await last.pass(100);
  assert.deepEqual(last.told, []);
});

test("ten restarts in one outage, which each process finds anew or does not, are one event and one end", async () => {
  let one = await Process.start();
  const told: string[] = [];
  for (let n = 0; n < 10; n++) {
    if (n % 3 === 0) one.hear(thread, "critical");
    one.took(null, "open");
    await one.pass(60);
    told.push(...one.told);
    one = await one.restart();
  }
  one.hear(thread, "critical");
  one.hear(thread, "ok");
  await one.pass(60);
  assert.deepEqual([...told, ...one.told], [CRITICAL, OK_BY_THREAD]);
});

for (const [what, end] of [
  ["a thread that has ended", (one: Process) => one.store.ended(thread)],
  ["a target that was closed", (one: Process) => one.hear(thread, "closed")],
] as const)
  test(`so is an outage of ${what}, without a disk too`, async () => {
    const one = await Process.start({ dataDir: null });
    one.hear(thread, "critical");
    await one.pass(1);
    end(one);
    one.took(0);
    await one.pass(100);
    assert.deepEqual(one.told, [CRITICAL, OK]);
  });

test("a clock that is set back by an hour is followed: what was taken before tells of no end, what is taken then does", async () => {
  const one = await Process.start();
  one.took(60);
  one.hear(thread, "critical");
  await one.pass(1);
  one.store.ended(thread);
  one.clock.offset = -3600;
  await one.pass(5);
  assert.deepEqual(one.told, [CRITICAL]);
  one.took(0);
  await one.pass(5);
  assert.deepEqual(one.told, [CRITICAL, OK]);
});

test("an outage that several threads find is one event, and is over when it is for the last of them", async () => {
  const one = await Process.start();
  const [other, third] = [{}, {}];
  for (const teller of [thread, other, third]) one.hear(teller, "critical");
  one.store.ended(thread);
  one.took(0);
  await one.pass(5);
  one.hear(other, "ok");
  await one.pass(5);
  assert.deepEqual(one.told, [CRITICAL]);
  one.hear(third, "ok");
  await one.pass(100);
  assert.deepEqual(one.told, [CRITICAL, OK_BY_THREAD]);
});

test("lost alerts are over when ten seconds have passed, too", async () => {
  const one = await Process.start();
  one.hear(thread, "critical", LOST);
  one.store.ended(thread);
  await one.pass(1);
  one.took(0);
  await one.pass(8);
  assert.equal(one.told.length, 1);
  await one.pass(100);
  assert.deepEqual(one.told.slice(1), [`ok ${LOST}: a takes alerts again, it was not told at least once`]);
  assert.deepEqual(one.lines, ["info target takes alerts again: a"]);
});

test("what pipelines are not told, as the process stops, the next process tells", async () => {
  const one = await Process.start();
  one.hear(thread, "critical");
  await one.pass(1);
  one.fate = "refused";
  one.hear(thread, "ok");
  one.hear(thread, "critical", LOST);
  await one.pass(2);
  const next = await one.restart();
  next.took(0);
  await next.pass(100);
  assert.deepEqual(next.told, [OK]);
});

test("what was told in the last seconds before a kill is told again, as pipelines may not have saved it", async () => {
  const one = await Process.start();
  for (const teller of [thread, {}]) one.hear(teller, "critical");
  const second = await one.kill(2);
  for (const teller of [thread, {}]) second.hear(teller, "critical");
  const third = await second.kill(10);
  third.hear(thread, "critical");
  await third.pass(10);
  third.hear(thread, "ok");
  const fourth = await third.kill(2);
  fourth.took(0);
  await fourth.pass(2);
  fourth.took(0);
  const last = await fourth.kill(20);
  last.took(0);
  await last.pass(20);
  assert.deepEqual(
    [one, second, third, fourth, last].map(({ told }) => told),
    [[CRITICAL], [CRITICAL], [OK_BY_THREAD], [OK], []],
  );
});

test("an outage that begins anew while its end is being told is told of, and has its own end", async () => {
  const one = await Process.start();
  one.hear(thread, "critical");
  await one.pass(1);
  for (const state of ["ok", "critical", "ok"] as const) one.hear(thread, state);
  await one.pass(1);
  one.hear(thread, "critical");
  await one.pass(1);
  assert.deepEqual(one.told, [CRITICAL, OK_BY_THREAD, CRITICAL, OK_BY_THREAD, CRITICAL]);
});

test("an outage of a target that no route names any more is over, once its thread has let go of it", async () => {
  const one = await Process.start();
  one.hear(thread, "critical");
  await one.pass(1);
  one.store.claim([]);
  await one.pass(100);
  assert.deepEqual(one.told, [CRITICAL]);
  one.hear(thread, "closed");
  one.took(null);
  await one.pass(100);
  assert.deepEqual(one.told, [CRITICAL, GONE]);
  const next = await one.restart();
  next.store.claim([]);
  await next.pass(100);
  assert.deepEqual(next.told, []);
});

test("routes name a target by its label, as a sink of one's own by its name, or by their pipeline and the place in it", async () => {
  for (const [routes, isOver] of [
    [[piped("p", { target: { id: "", label: "p/sink", shape: "" } })], false],
    [[piped("q", { queue: "p/sink" })], false],
    [[piped("p", {})], false],
    [[piped("p", { kind: "tap" })], true],
    [[piped("p", { queue: "other" }), piped("q", {})], true],
  ] as const) {
    const one = await Process.start({ dataDir: null });
    one.store.claim(routes);
    one.hear(thread, "critical", DELIVERY, "p/sink");
    one.store.ended(thread);
    await one.pass(5);
    assert.equal(one.told.length, isOver ? 2 : 1);
  }
});

test("before the routes are there nothing is over", async () => {
  const one = await Process.start();
  one.hear(thread, "critical");
  const next = await one.restart(5, null);
  next.took(0);
  await next.pass(5);
  assert.deepEqual(next.told, []);
  next.store.claim([]);
  await next.pass(5);
  assert.deepEqual(next.told, [GONE]);
});

test("a clock that was set back does not keep an outage open", async () => {
  const one = await Process.start();
  one.hear(thread, "critical");
  const next = await one.restart(-DAY);
  await next.pass(5);
  next.took(0);
  await next.pass(5);
  assert.deepEqual(next.told, [OK]);
});

test("what is damaged on disk is said and set aside, and the process goes on", async () => {
  const one = await Process.start();
  for (const service of [DELIVERY, LOST] as const) one.hear(thread, "critical", service);
  await one.store.close();
  const [segment = ""] = one.files.names().filter((name) => name.endsWith(".seg"));
  const bytes = Buffer.from(one.files.content(segment));
  one.files.put(segment, bytes.fill(0xff, 30, 31));
  const next = await Process.start({ files: one.files });
  assert.deepEqual(next.lines, ["error a part of what was told of targets cannot be read: it is set aside: undefined"]);
  next.hear(thread, "critical");
  next.hear(thread, "ok");
  await next.pass(5);
  assert.deepEqual(next.told, [CRITICAL, OK_BY_THREAD]);
});
