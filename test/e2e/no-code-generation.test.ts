import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";

const FLAG = "--disallow-code-generation-from-strings";

const ROUTES = `import { by, index, map, pipeline, publish, rate, reinject, stage, stdout, subscribe } from "fast-ts";
const twice = stage("twice", ({ emit }) => (e) => { emit(e); emit(e); });
pipeline("in", [map((e) => (e.service === "again" ? null : e.with({ service: "again" }))), twice, reinject()]);
pipeline("again", [map(async (e) => (e.service === "again" ? e : null)), by("host", [rate(0.2)]), publish("rates")]);
pipeline("rates", [subscribe("rates"), index(), stdout({ format: "json" })]);
pipeline("throws", [map((e) => { if (e.state === "poison") throw new Error("poison"); return e; })], { onCrash: [stdout({ format: "json" })] });
`;

for (const workers of [0, 1])
  test(`without code of text the daemon works as ever, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, { "a.ts": ROUTES }, ["--workers", String(workers)], {
      NODE_OPTIONS: FLAG,
    });
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    for (let n = 0; n < 10; n++) await client.send({ host: "a", service: "x", metric_d: 5 });
    const line = await daemon.until("a rate", () =>
      daemon.printed.map((text) => JSON.parse(text)).find((one) => one.service === "again" && one.metric > 0),
    );
    assert.equal(line.host, "a");
    assert.deepEqual(
      (await client.find('service = "again"')).map(({ host }) => host),
      ["a"],
    );
    await client.send({ state: "poison" });
    await daemon.until("the throw", () => daemon.printed.some((text) => text.includes("fast-ts exception")));
    daemon.write("a.ts", `${ROUTES}pipeline("new", [stdout({ format: () => "new" })]);`);
    await daemon.logged("routes reloaded");
    await client.send({ service: "last" });
    await daemon.until("the new pipeline", () => daemon.printed.includes("new"));
    await balanced(daemon);
    assert.equal((await daemon.stop()).code, 0);
    assert.deepEqual(
      daemon.log.filter(({ level, msg }) => level === "error" && !/^stage threw/.test(msg)),
      [],
    );
  });
