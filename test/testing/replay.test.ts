import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type RoutesUnderTest, routes, wait } from "../../src/testing/index.ts";
import { type Came, record } from "../capture/captured.ts";
import { routeDir } from "../routes/route-dir.ts";

const CAME: readonly Came[] = [
  { arrival: 1_001.5, frames: [["a"], ["b"]] },
  { arrival: 1_011, frames: [["c"]] },
];

async function loaded(
  t: TestContext,
  stages: string,
  start?: number,
): Promise<{ routes: RoutesUnderTest; capture: string }> {
  const file = `import * as f from "fast-ts";\nf.pipeline("p", [${stages}, f.stdout()]);`;
  const dir = await routeDir(t, { "a.ts": file });
  const capture = join(dir, "capture");
  await record(t, capture, CAME);
  return { routes: routes(join(dir, "a.ts"), start === undefined ? {} : { start }), capture };
}

const came = ({ recorded }: RoutesUnderTest) =>
  recorded.flatMap(({ at, events }) => events.map((event) => [at, event.service, event.metric]));

test("recorded traffic comes when it came, and the clock begins when the capture was begun", async (t) => {
  const every = `f.stage("every", ({ clock, emit }) => {
    clock.every(4, () => emit(f.event({ service: "tick", time: clock.now() })));
    return emit;
  })`;
  const { routes, capture } = await loaded(t, every);
  await routes.replay(capture);
  assert.deepEqual(came(routes), [
    [1001.5, "a", null],
    [1001.5, "b", null],
    [1004, "tick", null],
    [1008, "tick", null],
    [1011, "c", null],
  ]);
  assert.equal(routes.now, 1011);
  routes.inject([wait(1)]);
  assert.equal(routes.sinks.stdout?.length, 6);
});

test("a stage that awaits has its time, and keeps the order", async (t) => {
  const { routes, capture } = await loaded(t, "f.map(async (event) => { await null; return event; })");
  await routes.replay(pathToFileURL(capture));
  assert.deepEqual(came(routes), [
    [1001.5, "a", null],
    [1001.5, "b", null],
    [1011, "c", null],
  ]);
});

test("a capture may come after other steps, when the clock is near it", async (t) => {
  const { routes, capture } = await loaded(t, "f.counter()", 990);
  routes.inject([{ service: "before", metric: 1 }, wait(1)]);
  await routes.replay(capture);
  assert.deepEqual(came(routes)[0], [990, "before", 1]);
  assert.deepEqual(came(routes).at(-1), [1011, "c", null]);
});

test("a capture that is a year away, or missing, or comes after the stop is an error that says so", async (t) => {
  const { routes, capture } = await loaded(t, "f.counter()", -366 * 86_400);
  await assert.rejects(routes.replay(capture), {
    code: "FTS_TEST",
    message:
      /^replay\(".*capture"\): time would pass from -31622400 to 1000, more than a year in one step: .* routes\(path, \{ start \}\)$/,
  });
  await assert.rejects(routes.replay(`${capture}.gone`), { code: "FTS_CAPTURE" });
  await routes.stop();
  await assert.rejects(routes.replay(capture), { code: "FTS_TEST", message: /have been stopped$/ });
});

test("a relative path starts from the file that calls", async (t) => {
  const { routes } = await loaded(t, "f.counter()");
  await assert.rejects(routes.replay("no-such-capture"), {
    message: new RegExp(`^${join(import.meta.dirname, "no-such-capture")}: there is no such recording`),
  });
});
