import { join } from "node:path";
import { test } from "node:test";
import { Counting, often } from "./counting-keys.ts";
import { routeDir } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";
import { end, hasReplaced, MORTAL, mortals } from "./mortal.ts";

test("with a journal kill -9 costs nothing that was acknowledged, whatever the number of workers and the partition key are then", async (t) => {
  const counting = new Counting(t, { hasJournal: true });
  for (const [workers, ...flags] of [[2], [3], [2, "--partition-key", "attributes.zone"], [1], [2]] as const) {
    await counting.start(workers, "host", {}, ...flags);
    await counting.sendSome(); // what was there is gone on from
    await counting.send(often(5));
    await counting.end("SIGKILL");
  }
  await counting.start(2, "host");
  await counting.sendSome();
  await balanced(counting.daemon);
  await counting.end("SIGTERM");
  counting.assertExact();
});

test("with a journal a stop and a start with another number of workers are exact, and nothing comes twice", async (t) => {
  const counting = new Counting(t, { hasJournal: true });
  for (const workers of [2, 3, 1, 2]) {
    await counting.start(workers, "service");
    await counting.sendSome();
    await counting.end("SIGTERM");
  }
  counting.assertCounted();
});

test("with a journal a reload that spreads a pipeline in another way is exact, and kill -9 right after it", async (t) => {
  const counting = new Counting(t, { hasJournal: true });
  for (const [before, after] of [
    ["host", "all"],
    ["all", "channel"],
    ["channel", "service"],
  ] as const) {
    await counting.start(2, before);
    await counting.sendSome();
    await counting.reload(after);
    await counting.end("SIGKILL");
  }
  await counting.start(2, "service");
  await counting.sendSome();
  await counting.end("SIGTERM");
  counting.assertExact();
});

test("with a journal the parts of a worker that ends go on exactly, under load", async (t) => {
  const counting = new Counting(t, { hasJournal: true });
  const flags = [1, 2].map((n) => join(routeDir(t, {}), `end ${n}`));
  await counting.start(2, "host", { "_mortal.ts": MORTAL, "mortal.ts": mortals(flags) });
  const { daemon } = counting;
  await counting.sendSome();
  for (const [at, flag] of flags.entries()) {
    end(flag);
    await counting.send(hasReplaced(daemon, at + 1));
  }
  await counting.sendSome();
  await balanced(daemon);
  await counting.end("SIGTERM");
  counting.assertExact();
});
