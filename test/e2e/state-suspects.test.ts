import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";

/** Counts, until it goes on with a state: then it does `bad` at once. */
const route = (bad: string): string => `import { pipeline, stage, stdout } from "fast-ts";
const suspect = () => stage("suspect", ({ emit, state, alarm, clock, isRestored }) => {
  const own = state(() => ({ count: 0 }));
  const soon = alarm(() => { ${bad} });
  if (isRestored) soon.set(clock.now());
  return (event) => emit(event.with({ metric: ++own.count }));
});
pipeline("suspect", [suspect(), stdout()]);`;

/** The next event is counted as this many. */
async function counts(daemon: DaemonProcess, expected: number): Promise<void> {
  const before = daemon.printed.length;
  const client = await Client.open(daemon.port);
  await client.send({ host: "a", service: "x", metric_d: 1, time: Date.now() / 1000 });
  client.socket.destroy();
  await daemon.until("the count", () => daemon.printed.length > before);
  assert.equal(JSON.parse(daemon.printed.at(-1) ?? "").metric, expected);
}

for (const [what, bad, workers, why] of [
  ["throws", 'throw new Error("bad state");', "0", /threw before it was saved again/],
  ["throws", 'throw new Error("bad state");', "1", /threw before it was saved again/],
  ["hangs", "for (;;);", "1", /^its worker hung before it was saved again/],
  ["ends its worker", "process.exit();", "1", /^two workers in a row ended before it was saved again/],
] as const)
  test(`a pipeline that ${what} when it goes on starts empty, and what was saved is set aside, with ${workers} workers`, async (t) => {
    const args = ["--state", join(routeDir(t, {}), "state"), "--workers", workers];
    const first = await DaemonProcess.start(t, { "suspect.ts": route(bad) }, args);
    await counts(first, 1);
    await counts(first, 2);
    await first.stop();
    const second = await DaemonProcess.start(t, { "suspect.ts": route(bad) }, args);
    assert.match(String((await second.logged("saved state is set aside")).why), why);
    await counts(second, 1);
    await second.stop();
  });
