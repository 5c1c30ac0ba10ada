import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { FastTsError } from "../../src/errors.ts";
import { stdout } from "../../src/sinks/stdout.ts";
import { map } from "../../src/stages/map.ts";
import { smap } from "../../src/stages/smap.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { type Done, fdWriter } from "../../src/text/fd-writer.ts";
import { setOutput } from "../../src/text/stdout-queue.ts";
import { isBalanced, live } from "./live.ts";

afterEach(() => setOutput(fdWriter(1)));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const word = stdout({ format: (event) => `${event.service}` });

/** A list with so many times the event. */
const smapList = smap((event) => Array.from({ length: event.metric ?? 0 }, () => event));

/** A standard output whose reader reads when told to. */
function reader() {
  const writes: { text: string; done: Done }[] = [];
  setOutput((text, done) => void writes.push({ text, done }));
  return {
    texts: () => writes.map(({ text }) => text),
    /** Ends the write that is under way. */
    read: (error?: Error) => writes.at(-1)?.done(error),
  };
}

test("each event is one line, the lines of a turn one write", async () => {
  const { texts, read } = reader();
  const run = live([word], new VirtualClock());
  run.offer({ service: "a" }, { service: "b" });
  run.offer({ service: "c" });
  await turn();
  assert.deepEqual(texts(), ["a\nb\nc\n"]);
  assert.equal(run.report("stdout#0").pending, 3);
  read();
  assert.equal(run.report("stdout#0").delivered, 3);
  run.abandon();
});

test("pretty lines begin with the name of their pipeline, which the log's never do; JSON lines have none", async () => {
  const { texts, read } = reader();
  const run = live([stdout({ format: "pretty" }), stdout({ format: "json" })], new VirtualClock());
  run.offer({ host: "web1", service: "http", metric: 5 });
  await turn();
  assert.match(texts()[0] ?? "", /^live +\| \d\d:\d\d:\d\d\.\d{3} web1 http 5\n$/);
  read();
  assert.match(texts()[1] ?? "", /^\{"host":"web1"/);
  run.abandon();
});

test("each event of a list is a line, and the list one that is delivered", async () => {
  const { texts, read } = reader();
  const run = live([smapList, word], new VirtualClock());
  run.offer({ service: "a", metric: 2 }, { service: "b", metric: 0 });
  await turn();
  assert.deepEqual(texts(), ["a\na\n"]);
  read();
  const { handled, delivered } = run.report("stdout#1");
  assert.deepEqual([handled, delivered], [2, 2]);
  run.abandon();
});

test("a stop waits until the lines are out", async () => {
  const { texts, read } = reader();
  const run = live([word], new VirtualClock());
  run.offer({ service: "a" });
  const stopped = run.stop();
  await turn();
  assert.deepEqual(texts(), ["a\n"]);
  read();
  await stopped;
  assert.equal(run.report("stdout#0").delivered, 1);
});

test("a reader that is stuck costs lines, counted and told once, and the pipeline goes on", async () => {
  const { texts, read } = reader();
  const long = stdout({ format: () => "x".repeat(1024 * 1024) });
  const run = live([long], new VirtualClock());
  for (let i = 0; i < 10; i++) {
    run.offer({ service: "a" });
    await turn();
  }
  const report = run.report("stdout#0");
  assert.deepEqual([report.handled, report.pending, report.dropped.overflow], [10, 3, 7]);
  assert.ok(isBalanced(report));
  assert.equal(run.log.length, 1);
  assert.equal(texts().length, 1);
  read();
  read();
  assert.equal(run.report("stdout#0").delivered, 3);
  run.abandon();
});

test("a reader that has gone is told once, and every line is counted", async () => {
  const { read } = reader();
  const run = live([word], new VirtualClock());
  for (let i = 0; i < 3; i++) {
    run.offer({ service: "a" });
    await turn();
    read(new Error("EPIPE"));
  }
  assert.equal(run.report("stdout#0").dropped.failed, 3);
  assert.equal(run.log.length, 1);
  run.abandon();
});

test("lines printed before a stage above threw are written, once, and counted", async () => {
  const { texts, read } = reader();
  const poison = map((event) => {
    if (event.service === "poison") throw new Error("poison");
    return event;
  });
  const run = live([poison, word], new VirtualClock());
  run.offer({ service: "a" }, { service: "poison" }, { service: "b" });
  await turn();
  read();
  read();
  assert.equal(texts().join(""), "a\nb\n");
  assert.deepEqual([run.report("stdout#1").delivered, run.report("stdout#1").pending], [2, 0]);
  run.abandon();
});

test("an event at which the format throws is refused, and the pipeline goes on", async () => {
  const { texts } = reader();
  const picky = stdout({
    format: (event) => {
      if (event.metric === null) throw new Error("no metric");
      return String(event.metric);
    },
  });
  const run = live([picky], new VirtualClock());
  run.offer({ service: "a" }, { metric: 1 });
  await turn();
  assert.deepEqual(texts(), ["1\n"]);
  const report = run.report("stdout#0");
  assert.deepEqual([report.dropped.refused, report.lost.crash, report.handled, report.pending], [1, 0, 2, 1]);
  run.abandon();
});

test("without a terminal the default is JSON", async () => {
  const { texts } = reader();
  const run = live([stdout()], new VirtualClock());
  run.offer({ service: "a" });
  await turn();
  // Under the test runner the standard output is a pipe; by hand it may be a terminal.
  assert.equal(texts()[0]?.startsWith("{"), !process.stdout.isTTY);
  run.abandon();
});

for (const [options, message] of [
  [{ format: "xml" }, /stdout\(format\): must be "pretty", "json" or a function, got "xml"/],
  [{ fromat: "json" }, /stdout\(options\): there is no option "fromat"/],
] as const) {
  test(`${JSON.stringify(options)} is refused when the stage is built`, () => {
    assert.throws(
      () => Reflect.apply(stdout, null, [options]),
      (error) => error instanceof FastTsError && message.test(error.message),
    );
  });
}
