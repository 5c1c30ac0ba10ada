import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { hasProgram } from "./command.ts";
import { DaemonProcess, type Files } from "./daemon-process.ts";
import { Load } from "./load.ts";

const LOOPS = 3;

/** Prints at the end how many events it has handled since its thread began. */
export const TALLY = `import { event, pipeline, stage, stdout } from "fast-ts";
pipeline("tally", [stage("tally", ({ emit, clock }) => {
  let n = 0;
  return {
    onEvent(e) {
      if (e.service === "exit") process.exit(1);
      n++;
    },
    flush: () => emit(event({ metric: n, time: clock.now() })),
  };
}), stdout({ format: (e) => "tally " + e.metric })]);
`;

const ROUTES: Files = {
  "from.ts": `import { fixedEventWindow, pipeline, publish, sflatten } from "fast-ts";
pipeline("from", [fixedEventWindow(1000), sflatten(), publish("all")]);
`,
  "tally.ts": TALLY.replace("[stage", '[subscribe("all"), stage')
    .replace("import {", "import { subscribe,")
    .replace("onEvent(e)", "async onEvent(e)"),
};

/** A load on a worker that gets hardly any processor for this long: it is not taken for hung, and nothing is lost. */
export async function starveWorker(t: TestContext, seconds: number): Promise<void> {
  if (!hasProgram(t, "taskset", "util-linux")) return;
  const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", "1", "--stop-deadline", "60"]);
  const load = await Load.open(t, daemon.port);
  const feed = starve(t, daemon.pid);
  load.start();
  await pause(seconds * 1000);
  feed();
  await load.pause();
  const { n } = load.acknowledged(daemon);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.deepEqual(daemon.hangs, []);
  assert.deepEqual(daemon.printed, [`tally ${n}`]);
}

/** Has all threads of a process but the main one share one processor with loops that go first. Returns what ends it. */
function starve(t: TestContext, pid: number): () => void {
  const [all, first] = processors();
  const threads = readdirSync(`/proc/${pid}/task`).filter((id) => id !== String(pid));
  for (const id of threads) schedule(id, "--idle", first);
  const loops = Array.from({ length: LOOPS }, () =>
    spawn("taskset", ["--cpu-list", first, process.execPath, "-e", "for (;;);"]),
  );
  const endLoops = (): void => loops.forEach((loop) => void loop.kill("SIGKILL"));
  t.after(endLoops);
  return () => {
    endLoops();
    for (const id of threads) schedule(id, "--other", all);
  };
}

function schedule(thread: string, policy: string, where: string): void {
  // It may not be allowed to get out of it again: then it takes longer.
  spawnSync("chrt", [policy, "--pid", "0", thread]);
  spawnSync("taskset", ["--pid", "--cpu-list", where, thread]);
}

/** Those that this process may use, and the first of them. */
function processors(): readonly [all: string, first: string] {
  const all = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return [all, String(Number.parseInt(all, 10))];
}
