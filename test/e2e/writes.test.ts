import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpStub } from "../sinks/http-stub.ts";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";

const WRITES = 12;

for (const options of ["concurrency: 1", "maxEvents: 1"])
  test(`with two workers ${options} is a write at a time, of all pipelines that feed the target`, async (t) => {
    const web = await new HttpStub().open();
    t.after(() => web.close());
    let [underWay, most] = [0, 0];
    web.answer = (response) => {
      most = Math.max(most, ++underWay);
      setTimeout(() => {
        underWay--;
        response.end();
      }, 20);
    };
    const sink = `webhook("${web.url}", { ${options}, onFull: "wait", batch: { events: 1 } })`;
    const daemon = await DaemonProcess.start(
      t,
      {
        "a.ts": `import { pipeline, webhook } from "fast-ts";
pipeline("a", [${sink}]);
pipeline("b", [${sink}]);`,
      },
      ["--workers", "2"],
    );
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    for (let n = 0; n < WRITES / 2; n++) await client.send({ host: `h${n}` });
    await daemon.until("all to come", () => web.received.length === WRITES);
    assert.equal(most, 1);
    const { placement } = await daemon.pipeline("a");
    assert.match(placement, /^one worker: the bounds of webhook 127\.0\.0\.1\S* allow 1 of them to send$/);
  });
