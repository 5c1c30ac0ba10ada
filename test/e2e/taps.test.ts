import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";

const route = (version: number): string => `import { filter, pipeline, tap } from "fast-ts";
pipeline("tapped", [filter((e) => (e.metric ?? 0) > 0), tap("what is left")]);
console.log(${version});
`;

for (const workers of [0, 2])
  test(`who listens to a tap is shown what comes by, over reloads, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, { "a.ts": route(0) }, ["--workers", String(workers), "--no-watch"]);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const { taps } = JSON.parse((await daemon.page("/api/taps")).text);
    assert.deepEqual(taps, [{ name: "what is left", pipelines: ["tapped"] }]);
    const stream = await daemon.stream("/api/taps/what%20is%20left");
    assert.equal(stream.status, 200);
    let sent = 0;
    const shows = async (what: string): Promise<void> => {
      // Threads hear of a listener in their own time.
      await daemon.until(what, async () => {
        sent++;
        await client.send({ service: what, metric_d: -1 }, { service: what, metric_d: sent });
        return stream.lines.some((line) => JSON.parse(line).service === what);
      });
    };
    await shows("before");
    daemon.write("a.ts", route(1));
    daemon.signal("SIGHUP");
    await daemon.until("the reload", async () => (await daemon.tree()).reloads.succeeded === 2);
    await shows("after");
    assert.ok(stream.lines.every((line) => JSON.parse(line).metric > 0));
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    await stream.ended;
  });
