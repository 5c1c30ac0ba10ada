import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type RoutesUnderTest, routes, wait } from "../../src/testing/index.ts";
import { routeDir } from "../routes/route-dir.ts";

async function loaded(t: TestContext, stages: string): Promise<RoutesUnderTest> {
  const text = `import * as f from "fast-ts";\nconst { alert, silenced, tag, tap } = f;\nf.pipeline("p", [${stages}, tap("out")]);`;
  return routes(join(await routeDir(t, { "a.ts": text }), "a.ts"));
}

const down = (host: string, state = "critical") => ({ host, service: "disk", state });
const hosts = (t: RoutesUnderTest) => t.taps.out?.map(({ host }) => host);
const told = (t: RoutesUnderTest) =>
  t.recorded.map(({ at, events: [event] }) => `${at} ${event?.attributes["alert phase"]} ${event?.host}`);
const silencedBy = (t: RoutesUnderTest) => t.drops.map(({ reason, count }) => `${reason} ${count}`);

test("silenced drops what a silence matches, counted, for as long as that is on; a day, a week later it is over", async (t) => {
  for (const seconds of [3600, 86_400, 604_800]) {
    const under = await loaded(t, "silenced()");
    under.inject([down("a")]);
    under.silence('host = "a"', seconds);
    under.inject([down("a"), down("b"), wait(seconds - 1), down("a"), wait(1), down("a")]);
    assert.deepEqual(hosts(under), ["a", "b", "a"]);
    assert.deepEqual(silencedBy(under), ["silenced 2"]);
  }
});

test("silenced gives what a silence matches to stages, and emits what they emit", async (t) => {
  const under = await loaded(t, 'silenced([tag("silenced")])');
  under.silence("true", 60);
  under.inject([down("a")]);
  assert.deepEqual(under.taps.out?.[0]?.tags, ["silenced"]);
  assert.deepEqual(under.drops, []);
});

test("an alert that begins in a silence is told when that ends, if it still fires", async (t) => {
  const under = await loaded(t, "alert([])");
  under.silence('host =~ "a%"', 3600);
  under.inject([down("a1"), down("a2"), down("b"), wait(600), down("a2", "ok"), wait(10_000), down("a1", "ok")]);
  assert.deepEqual(told(under), ["0 trigger b", "3600 trigger a1", "10600 resolve a1"]);
  assert.deepEqual(silencedBy(under), ["silenced 2"]);
});

test("an alert that was told of before is told again when the silence ends, and resolves in it too", async (t) => {
  const under = await loaded(t, "alert([])");
  under.inject([down("a"), down("b")]);
  under.silence("true", 36_000);
  under.inject([down("a", "warning"), wait(20_000), down("b", "ok"), wait(20_000)]);
  assert.deepEqual(told(under), ["0 trigger a", "0 trigger b", "20000 resolve b", "36000 update a"]);
  under.silence("true", 60);
  under.inject([wait(60)]);
  assert.deepEqual(told(under).at(-1), "40060 repeat a");
});

test("what is acknowledged or held in ok is not told again when a silence ends", async (t) => {
  const under = await loaded(t, 'alert([], { hold: 300, acknowledge: (e) => e.state === "seen" })');
  under.inject([down("a"), down("a", "seen"), down("b")]);
  under.silence("true", 60);
  under.inject([down("b", "ok"), wait(100), down("b")]);
  assert.deepEqual(told(under), ["0 trigger a", "0 acknowledge a", "0 trigger b"]);
});

test("a silence is a query and a span", async (t) => {
  const under = await loaded(t, "silenced()");
  assert.throws(() => under.silence("host =", 60), { code: "FTS_QUERY" });
  assert.throws(() => under.silence("host = a", 60), { code: "FTS_QUERY", message: /write host = "a"/ });
  assert.throws(() => under.silence("true", 0), { code: "FTS_TEST", message: /seconds must be a number > 0, got 0/ });
});
