import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClientQueries, QueryLimiter } from "../../src/ingest/query-limiter.ts";
import { ReaderBudget } from "../../src/ingest/reader-budget.ts";
import { newQueryCounts } from "../../src/ingest/report.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { decodeMsg } from "../../src/wire/codec.ts";
import { answerTo, FakeQueries } from "./fake-queries.ts";

function setUp() {
  const queries = new FakeQueries();
  const clock = new VirtualClock();
  const counts = newQueryCounts();
  const queryLimiter = new QueryLimiter(queries, new ReaderBudget(), clock, counts);
  const answers: string[] = [];
  const open = (): ClientQueries => {
    const opened = queryLimiter.open((answer) => answers.push(decodeMsg(answer.subarray(4)).error ?? ""));
    if (typeof opened === "string") throw new Error(opened);
    return opened;
  };
  return { queries, clock, counts, queryLimiter, answers, open };
}

test("gives each answer once, as it is, and holds no timer afterwards", async () => {
  const { queries, clock, counts, answers, open } = setUp();
  const clientQueries = open();
  for (const query of ["a", ""]) {
    assert.equal(clientQueries.ask(query), null);
    await queries.answer();
  }
  clientQueries.end();
  assert.deepEqual([queries.asked, answers, clock.timers], [["a", ""], ["re a", "re "], 0]);
  assert.deepEqual(counts, { answered: 2, refused: 0, timeout: 0, abandoned: 0 });
});

test("waits four seconds and no longer, throws the late answer away, and asks nothing more", async () => {
  const { queries, clock, counts, answers, open } = setUp();
  const clientQueries = open();
  clientQueries.ask("slow");
  clock.advanceTo(3.999);
  assert.deepEqual(answers, []);
  clock.advanceTo(4);
  assert.deepEqual(answers, ["the query took longer than 4 s: try again later"]);
  assert.match(clientQueries.ask("next") ?? "", /a query before this one took longer than 4 s/);
  await queries.answer();
  assert.deepEqual([answers.length, queries.asked], [1, ["slow"]]);
  assert.deepEqual(counts, { answered: 0, refused: 0, timeout: 1, abandoned: 0 });
});

test("the four seconds begin anew with each query", async () => {
  const { queries, clock, answers, open } = setUp();
  const clientQueries = open();
  clientQueries.ask("a");
  clock.advanceTo(3);
  await queries.answer();
  clientQueries.ask("b");
  clock.advanceTo(6);
  await queries.answer();
  assert.deepEqual(answers, ["re a", "re b"]);
});

test("refuses what is longer than 64 Ki characters", () => {
  const { queries, clock, open } = setUp();
  assert.match(
    open().ask("x".repeat(65_537)) ?? "",
    /65537 characters is longer than the limit of 65536: ask in parts/,
  );
  assert.deepEqual([queries.asked, clock.timers], [[], 0]);
  assert.equal(open().ask("x".repeat(65_536)), null);
});

test("a query that nobody waits for any longer is abandoned or refused, and its answer thrown away", async () => {
  const { queries, clock, counts, answers, open } = setUp();
  const [gone, stopped] = [open(), open()];
  gone.ask("gone");
  stopped.ask("stopped");
  gone.end();
  stopped.refuse("stopping");
  stopped.refuse("stopping");
  assert.equal(clock.timers, 0);
  await queries.answer();
  await queries.answer();
  assert.deepEqual([answers, counts.abandoned, counts.refused, counts.answered], [["stopping"], 1, 1, 0]);
});

test("100 may be open; one makes room when it has ended and nothing that it asked is under way", async () => {
  const { queries, clock, queryLimiter, open } = setUp();
  const all = Array.from({ length: 100 }, open);
  const [idle, late, left, answered] = all;
  const isFull = (): boolean => typeof queryLimiter.open(() => {}) === "string";
  assert.equal(
    queryLimiter.open(() => {}),
    "100 clients are waiting for answers to queries: try again later",
  );
  late?.ask("late");
  left?.ask("left");
  left?.end();
  clock.advanceTo(2);
  late?.end();
  assert.equal(isFull(), true, "what is under way still has to be worked off, whoever waits for it");
  await queries.answer();
  open();
  assert.equal(isFull(), true);
  await queries.answer();
  open();
  assert.equal(isFull(), true);
  answered?.ask("answered");
  await queries.answer(answerTo("answered"));
  assert.equal(isFull(), true, "its client may not have read the answer");
  answered?.end();
  answered?.end();
  idle?.end();
  open();
  open();
  assert.equal(isFull(), true);
});

test("refuses long answers while clients have 256 MiB to read, until one asks again or ends; short ones never", async () => {
  const { queries, counts, queryLimiter } = setUp();
  const bytes = 63 * 1024 * 1024;
  const given: (number | string)[] = [];
  const onAnswer = (answer: Buffer): void => {
    given.push(answer.length > 200 ? answer.length : (decodeMsg(answer.subarray(4)).error ?? ""));
  };
  const clients = Array.from({ length: 5 }, () => queryLimiter.open(onAnswer));
  const ask = async (client: number, answer: Buffer): Promise<number | string | undefined> => {
    const clientQueries = clients[client];
    if (clientQueries === undefined || typeof clientQueries === "string") throw new Error(clientQueries);
    assert.equal(clientQueries.ask("q"), null);
    await queries.answer(answer);
    return given.at(-1);
  };
  for (const client of [0, 1, 2, 3]) assert.equal(await ask(client, Buffer.alloc(bytes)), bytes);
  const refusal = "clients have yet to read more than 268435456 bytes of answers: try again later";
  assert.equal(await ask(4, Buffer.alloc(bytes)), refusal);
  assert.equal(await ask(4, Buffer.alloc(1000)), 1000);
  assert.equal(await ask(0, Buffer.alloc(1000)), 1000);
  assert.equal(await ask(4, Buffer.alloc(bytes)), bytes);
  assert.equal(await ask(0, Buffer.alloc(bytes)), refusal);
  const last = clients[4];
  if (typeof last === "object") last.end();
  assert.equal(await ask(0, Buffer.alloc(bytes)), bytes);
  assert.deepEqual(counts, { answered: 8, refused: 2, timeout: 0, abandoned: 0 });
});
