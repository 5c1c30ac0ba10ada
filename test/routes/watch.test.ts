import assert from "node:assert/strict";
import promises, { mkdir, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/core/clock.ts";
import { type RouteWatch, watchRoutes } from "../../src/routes/watch.ts";
import { until } from "../until.ts";
import { routeDir } from "./route-dir.ts";

/** A clock on which everything is due at once, so that a change is told of as soon as the system has noticed it. */
const hastyClock: Clock = {
  now: () => 0,
  elapsed: () => 0,
  timeOf: ({ time }) => time,
  latest: () => 0,
  after(_, run) {
    const handle = globalThis.setImmediate(run);
    return () => clearImmediate(handle);
  },
  every: () => () => {},
};

interface Watched {
  readonly watch: RouteWatch;
  /** Does something to the files and waits until a change is told of. */
  readonly noticed: (act: () => Promise<unknown>) => Promise<void>;
}

async function watched(t: TestContext, dir: string, clock: Clock = hastyClock): Promise<Watched> {
  let told = 0;
  const watch = await watchRoutes(dir, () => told++, {
    clock,
    onError: (error) => assert.fail(String(error)),
  });
  t.after(() => watch.close());
  return {
    watch,
    async noticed(act) {
      const before = told;
      await act();
      await until("a change to be told of", () => told > before);
      // What the same act is still good for must not count for the next.
      await quiet();
    },
  };
}

/** Lets the system's events that are on their way arrive. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate();
}

async function saveAnew(file: string, text: string): Promise<void> {
  await writeFile(`${file}~`, text);
  await rename(`${file}~`, file);
}

test("saving, renaming over, adding and deleting route files is noticed, again and again", async (t) => {
  const dir = await routeDir(t, { "a.ts": "1" });
  const { noticed } = await watched(t, dir);
  await noticed(() => writeFile(join(dir, "a.ts"), "2"));
  await noticed(() => saveAnew(join(dir, "a.ts"), "3"));
  await noticed(() => writeFile(join(dir, "a.ts"), "4"));
  await noticed(() => writeFile(join(dir, "b.ts"), "1"));
  await noticed(() => saveAnew(join(dir, "b.ts"), "2"));
  await noticed(() => unlink(join(dir, "b.ts")));
  await noticed(() => unlink(join(dir, "a.ts")));
});

test("a log that grows in the directory is none of its business, unless routes are made of it", async (t) => {
  const dir = await routeDir(t, { "a.ts": "1", "out.log": "" });
  const log = join(dir, "out.log");
  const { watch, noticed } = await watched(t, dir);
  let told = 0;
  const quietly = await watchRoutes(dir, () => told++, { clock: hastyClock });
  t.after(() => quietly.close());
  for (let line = 0; line < 5; line++) {
    await writeFile(log, `${line}`);
    await quiet();
  }
  assert.equal(told, 0);
  await watch.add([log]);
  await noticed(() => writeFile(log, "more"));
});

test("the swap of a ConfigMap is noticed each time", async (t) => {
  const dir = await routeDir(t, { "..1/a.ts": "1", "..2/a.ts": "2", "..3/a.ts": "3" });
  await symlink("..1", join(dir, "..data"));
  await symlink("..data/a.ts", join(dir, "a.ts"));
  const { noticed } = await watched(t, dir);
  for (const version of ["..2", "..3"])
    await noticed(async () => {
      await symlink(version, join(dir, "..data_tmp"));
      await rename(join(dir, "..data_tmp"), join(dir, "..data"));
    });
});

test("imported files elsewhere are watched once they are added, however they are saved", async (t) => {
  const base = await routeDir(t, { "routes/a.ts": "1", "lib/b.ts": "1" });
  const { noticed, watch } = await watched(t, join(base, "routes"));
  await watch.add([join(base, "lib/b.ts")]);
  await noticed(() => saveAnew(join(base, "lib/b.ts"), "2"));
  await noticed(() => writeFile(join(base, "lib/b.ts"), "3"));
});

test("a directory that is deleted and made again stays watched", async (t) => {
  const base = await routeDir(t, { "routes/a.ts": "1" });
  const dir = join(base, "routes");
  const { noticed } = await watched(t, dir);
  await noticed(() => rm(dir, { recursive: true }));
  await noticed(() => mkdir(dir));
  await noticed(() => writeFile(join(dir, "a.ts"), "2"));
  await noticed(() => saveAnew(join(dir, "a.ts"), "3"));
});

test("a directory that is a link is followed to its new end", async (t) => {
  const base = await routeDir(t, { "1/a.ts": "1", "2/a.ts": "2" });
  await symlink("1", join(base, "current"));
  const { noticed } = await watched(t, join(base, "current"));
  await noticed(async () => {
    await symlink("2", join(base, "next"));
    await rename(join(base, "next"), join(base, "current"));
  });
  await noticed(() => writeFile(join(base, "2/a.ts"), "3"));
});

/** The directories that are listed from now on, to the end of the test. */
function listedDirectories(t: TestContext): () => ReadonlySet<string> {
  const { mock } = t.mock.method(promises, "readdir");
  syncBuiltinESMExports();
  t.after(() => {
    mock.restore();
    syncBuiltinESMExports();
  });
  return () => new Set(mock.calls.map(({ arguments: [dir] }) => String(dir)));
}

test("where the directory lies any number of other files may lie: they are not listed unless routes are made of one", async (t) => {
  const base = await routeDir(t, { "1/a.ts": "1", "2/a.ts": "2", "lib/b.ts": "1" });
  await point(join(base, "current"), "1");
  const listed = listedDirectories(t);
  const { noticed, watch } = await watched(t, join(base, "current"));
  await noticed(() => point(join(base, "current"), "2"));
  await watch.add([join(base, "lib/b.ts")]);
  await noticed(() => saveAnew(join(base, "lib/b.ts"), "2"));
  assert.ok(listed().has(join(base, "current")) && listed().has(join(base, "lib")));
  assert.ok(!listed().has(base));
  await watch.add([join(base, "c.ts")]);
  await noticed(() => saveAnew(join(base, "c.ts"), "1"));
  assert.ok(listed().has(base), "an input lies there");
});

/** A clock that makes a watch look again at what its paths stand for when it is told to. */
function lookingClock(): { readonly clock: Clock; readonly look: () => void } {
  const looks: (() => void)[] = [];
  const every: Clock["every"] = (_, run) => {
    looks.push(run);
    return () => {};
  };
  return { clock: { ...hastyClock, every }, look: () => looks.at(-1)?.() };
}

async function point(link: string, target: string): Promise<void> {
  await symlink(target, `${link}.new`);
  await rename(`${link}.new`, link);
}

test("a link on the way to the directory, or to a file, is followed to its new end", async (t) => {
  const files = { "1/routes/a.ts": "1", "2/routes/a.ts": "2", "lib1/b.ts": "1", "lib2/b.ts": "2" };
  const base = await routeDir(t, files);
  await point(join(base, "current"), "1");
  await point(join(base, "lib"), "lib1");
  await symlink(join(base, "lib/b.ts"), join(base, "2/routes/b.ts"));
  const { clock, look } = lookingClock();
  const { noticed, watch } = await watched(t, join(base, "current/routes"), clock);
  await noticed(async () => {
    await point(join(base, "current"), "2");
    look();
  });
  await noticed(() => saveAnew(join(base, "2/routes/a.ts"), "3"));
  await watch.add([join(base, "current/routes/b.ts")]);
  await noticed(async () => {
    await point(join(base, "lib"), "lib2");
    look();
  });
});

test("hidden files, node_modules and the neighbours of imported files are nobody's business", async (t) => {
  const base = await routeDir(t, { "routes/a.ts": "1", "lib/b.ts": "1", "routes/node_modules/c/c.ts": "1" });
  const dir = join(base, "routes");
  let changes = 0;
  const watch = await watchRoutes(dir, () => changes++, { clock: hastyClock });
  t.after(() => watch.close());
  await watch.add([join(base, "lib/b.ts"), join(dir, "node_modules/c/c.ts")]);
  await writeFile(join(dir, ".a.ts.swp"), "1");
  await writeFile(join(dir, "node_modules/c/c.ts"), "2");
  await writeFile(join(base, "lib/log.ts"), "1");
  await quiet();
  assert.equal(changes, 0);
});

test("nothing is told of after the watch is closed, and closing twice is fine", async (t) => {
  const dir = await routeDir(t, { "a.ts": "1" });
  let changes = 0;
  const watch = await watchRoutes(dir, () => changes++, { clock: hastyClock });
  await writeFile(join(dir, "a.ts"), "2");
  await watch.close();
  await watch.close();
  changes = 0;
  await writeFile(join(dir, "a.ts"), "3");
  await quiet();
  assert.equal(changes, 0);
});
