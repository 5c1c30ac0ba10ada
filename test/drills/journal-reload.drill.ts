import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stateName } from "../../src/core/spread.ts";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { SegmentLog } from "../../src/state/segment-log.ts";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { end, MORTAL, mortals } from "../e2e/mortal.ts";
import { until } from "../until.ts";
import { chances } from "./chances.ts";
import { drill } from "./drill.ts";
import {
  add,
  type Counts,
  counted,
  eventsOf,
  listener,
  message,
  sorted,
  sumOf,
  Windows,
  windowsRoute,
} from "./journal-counts.ts";

/** One whose threads end more often rests for a while. */
const MIN_LIFE_SECONDS = 2.5;
const SETTLED_EVERY = 5;
/** Within this time after a worker has evaluated an edited file pipelines have moved, unless the machine is busy. */
const MOVING_SECONDS = 0.2;
/** The first that is noted may be of before, and so may the second, which was on its way. */
const MARKS = 3;

const COUNTS = `import { by, counter, filter, index, pipeline, publish, set, subscribe } from "fast-ts";
pipeline("in", [filter((e) => e.service === "sent"), publish("all")]);
pipeline("counts", [subscribe("all"), by("host", [counter()]), set({ service: "counted", ttl: 1e9 }), index()]);`;

/** Another one for each number: what it counts is to go on. Makes a file when a worker evaluates it. */
const edited = (n: number, marker: string): string => `import { writeFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { by, counter, filter, index, map, pipeline, set } from "fast-ts";
if (workerData?.ring) writeFileSync(${JSON.stringify(marker)}, "");
pipeline("edited", [filter((e) => e.service === "sent"), ${n % 3 === 0 ? "map((e) => e), " : ""}by("host", [counter()]),
  ${n % 3 === 1 ? "filter(() => true), " : ""}set({ service: "edited", description: "${n}", ttl: 1e9 }), index()]);`;

/** The parts of the pipeline that is followed. */
const PARTS = [1, 2].map((worker) => stateName("windows", "host", { label: `${worker} of 2`, partitionKey: "host" }));

/** What is noted of each part: up to where it is delivered. */
async function marks(dir: string): Promise<readonly string[]> {
  const log = await SegmentLog.open({ dir, files: NODE_FILES, isReadOnly: true, onDamage() {} });
  const reader = log.reader();
  const found = PARTS.map(() => "");
  for (let entries = await reader.read(); entries.length > 0; entries = await reader.read())
    for (const { payload } of entries)
      for (const [at, part] of PARTS.entries()) if (payload.includes(part)) found[at] = payload.toString("hex");
  await reader.close();
  await log.close();
  return found;
}

/** Resolves soon after a worker has evaluated an edited file: pipelines move about now. */
async function evaluated(marker: string, chance: () => number): Promise<void> {
  await until("the edited file to be evaluated", () => existsSync(marker));
  rmSync(marker);
  await sleep(chance() * MOVING_SECONDS * 1000);
}

/** Knows of windows that they are delivered when the daemon does. */
async function follow(dir: string, windows: Windows, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const { count } = windows;
    const noted = PARTS.map(() => new Set<string>());
    for (; noted.some(({ size }) => size <= MARKS) && !isOver(); await sleep(20)) {
      const last = await marks(dir).catch(() => []); // its files are written anew now and then
      for (const [at, mark] of last.entries()) noted[at]?.add(mark);
    }
    if (!isOver()) windows.settled = count;
  }
}

/** How long ago all state was saved, of the pipeline whose state is oldest. */
async function stateAge(daemon: DaemonProcess): Promise<number> {
  const { text } = await daemon.page("/metrics");
  const age = Number(/^fast_ts_state_age_seconds (\S+)/m.exec(text)?.[1]);
  assert.ok(age >= 0, text);
  return age;
}

/** Reloads until that went well this many times; it does not when the thread ends meanwhile. */
async function reload(daemon: DaemonProcess, times: number): Promise<void> {
  const attempts = async (): Promise<readonly [number, number]> => {
    const { succeeded, failed } = (await daemon.tree()).reloads;
    return [succeeded + daemon.linesOf("routes on disk are those that run").length, failed];
  };
  for (;;) {
    const [, before] = await attempts();
    daemon.signal("SIGHUP");
    const isDone = await daemon.until(`reload ${times - 1}`, async () => {
      const [done, failed] = await attempts();
      return (done === times || failed > before) && [done === times];
    });
    if (isDone[0] === true) return;
    const said = daemon.linesOf("routes not reloaded, the old ones go on").at(-1)?.problems;
    assert.match(
      String(said),
      /: the worker ended while it evaluated |: a worker does not keep up with what comes in|: a worker has ended meanwhile/,
    );
  }
}

drill("reloads under load while threads end: each key's count is exact, in the right windows", 5, async (drilled) => {
  const { t, times, seed, say } = drilled;
  const chance = chances(seed);
  const windows = new Windows();
  const port = await listener(t, windows);
  const dir = mkdtempSync(join(tmpdir(), "fts-journal-reload-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const [journal = "", marker = "", ...flags] = ["journal", "evaluated", "one", "other"].map((name) => join(dir, name));
  const still = {
    "_mortal.ts": MORTAL,
    "mortals.ts": mortals(flags),
    "counts.ts": COUNTS,
    "windows.ts": windowsRoute(port),
  };
  const disk = ["--state", join(dir, "state"), "--journal", journal, "--journal-sync", "always"];
  const daemon = await DaemonProcess.start(t, { ...still, "edited.ts": edited(0, marker) }, [
    ...["--workers", "2", "--no-watch", "--state-interval", "1"],
    ...disk,
  ]);
  const client = await Client.open(daemon.port);
  const acked: Counts = new Map();
  let isOver = false;
  t.after(() => {
    isOver = true; // whatever failed: nothing is fed or followed any more
    client.close();
  });
  const following = follow(join(journal, "marks"), windows, () => isOver);

  /** Sends messages until it is told to stop. */
  const feed = (): (() => Promise<void>) => {
    let isFed = false;
    const feeding = (async (): Promise<void> => {
      while (!isFed && !isOver) {
        const sent = message(chance);
        await client.send(...eventsOf(sent));
        for (const [host, count] of sent) add(acked, host, count);
      }
    })();
    return () => {
      isFed = true;
      return feeding;
    };
  };
  const settle = async (): Promise<void> => {
    for (const service of ["counted", "edited"]) {
      const found = await daemon.until(`all that is ${service}`, async () => {
        const now = await counted(client, service);
        return now !== null && sumOf(now) >= sumOf(acked) && now;
      });
      assert.deepEqual(sorted(found), sorted(acked), service);
    }
  };

  let [ends, stopFeeding, lastEnd] = [0, feed(), 0];
  for (let n = 1; n <= times; n++) {
    const life = (performance.now() - lastEnd) / 1000;
    const isEnding = life > MIN_LIFE_SECONDS && (await stateAge(daemon)) < life; // else what was restored starts anew
    await sleep(chance() * 600);
    rmSync(marker, { force: true });
    const isSame = n % 4 === 0;
    const ending = isEnding ? (isSame ? sleep(chance() * 600) : evaluated(marker, chance)) : null;
    void ending?.then(() => end(flags[ends % 2] ?? ""));
    daemon.write("edited.ts", edited(isSame ? n - 1 : n, marker));
    await reload(daemon, n + 1);
    await ending;
    if (ending !== null) {
      ends++;
      await daemon.until(
        "the thread to be replaced",
        () => daemon.linesOf("worker is replaced, its pipelines go on with what was saved last").length === ends,
      );
      lastEnd = performance.now();
    }
    if (n % SETTLED_EVERY !== 0 && n < times) continue;
    await stopFeeding();
    await settle();
    stopFeeding = feed();
  }
  await stopFeeding();
  await settle();
  await daemon.until("all windows", () => sumOf(windows.events) >= sumOf(acked));
  assert.deepEqual(sorted(windows.events), sorted(acked));
  isOver = true;
  await following;
  client.close();
  await daemon.stop();
  const repeats = `${windows.count} windows, ${windows.repeated} of them sent again, none of the ${windows.settled} known to be delivered`;
  say(`${ends} threads ended; ${sumOf(acked)} events, ${repeats}`);
});
