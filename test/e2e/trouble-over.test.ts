import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { HttpStub } from "../sinks/http-stub.ts";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";
import { type Printed, printedEvents } from "./printing.ts";

const DELIVERY = "fast-ts delivery";
const LOST = "fast-ts alert lost";
/** The daemon looks each second whether a trouble is over. */
const LOOKS_MS = 2_500;

const routes = (url: string): Readonly<Record<string, string>> => ({
  "disks.ts": `import { alert, filter, pipeline, webhook } from "fast-ts";
pipeline("disks", [filter((e) => e.service === "disk"), alert([webhook("${url}")])]);`,
  "exit.ts": `import { filter, map, pipeline } from "fast-ts";
pipeline("exit", [filter((e) => e.service === "exit"), map(() => process.exit(1))]);`,
  "told.ts": `import { alert, pipeline, stdout, tagged } from "fast-ts";
pipeline("told", [tagged("delivery"), stdout()]);
pipeline("alerted", [tagged("delivery"), alert([stdout()])]);`,
});

/** A web server that does not take alerts, for now. */
async function brokenServer(t: TestContext, status: number): Promise<HttpStub> {
  const web = await new HttpStub().open();
  t.after(() => web.close());
  web.answer = (response) => void response.writeHead(status).end();
  return web;
}

function start(t: TestContext, web: HttpStub, data: string | null, workers: number): Promise<DaemonProcess> {
  const kept = data === null ? [] : ["--data", data];
  return DaemonProcess.start(t, routes(web.url), ["--workers", `${workers}`, "--stop-deadline", "1", ...kept]);
}

async function send(daemon: DaemonProcess, service: string, host: string): Promise<void> {
  const client = await Client.open(daemon.port);
  await client.send({ host, service, state: "critical" });
  client.socket.destroy();
}

/** The web server takes something. */
async function take(daemon: DaemonProcess, web: HttpStub, host: string): Promise<void> {
  web.answer = (response) => void response.end();
  await send(daemon, "disk", host);
  await daemon.until(`${host} to come`, () => web.received.some(({ body }) => body.includes(host)));
}

/** What all pipelines were told of a service, and what an alert on that told. */
function told(daemon: DaemonProcess, service: string): string[] {
  const phase = ({ attributes, state }: Printed): string => attributes["alert phase"] ?? String(state);
  return printedEvents(daemon)
    .filter((event) => event.service?.startsWith(service))
    .map(phase)
    .toSorted();
}

async function isTold(daemon: DaemonProcess, service: string, ...phases: readonly string[]): Promise<void> {
  await daemon.until(`${service} to be ${phases}`, () => phases.every((one) => told(daemon, service).includes(one)));
}

/** Ends the daemon, once it has on disk what it told of a target, and the alert on that. */
async function end(daemon: DaemonProcess, data: string, signal: NodeJS.Signals): Promise<void> {
  for (const dir of [join(data, "troubles"), join(data, "alerts")]) {
    const isKept = (name: string): boolean =>
      name.endsWith(".seg") && readFileSync(join(dir, name)).includes("webhook 127.0.0.1");
    await daemon.until(`the trouble to be in ${dir}`, () => readdirSync(dir).some(isKept));
  }
  daemon.signal(signal);
  await daemon.exit;
}

for (const workers of [0, 2])
  for (const [service, status, signal] of [
    [DELIVERY, 503, "SIGKILL"],
    [LOST, 400, "SIGTERM"],
  ] as const)
    test(`"${service}" of before a ${signal} is over, once, when the target takes something, with ${workers} workers`, async (t) => {
      const web = await brokenServer(t, status);
      const data = join(routeDir(t, {}), "data");
      const first = await start(t, web, data, workers);
      await send(first, "disk", "db1");
      await isTold(first, service, "critical", "trigger");
      await end(first, data, signal);

      const second = await start(t, web, data, workers);
      await pause(LOOKS_MS);
      assert.deepEqual(told(second, service), []);
      await take(second, web, "db2");
      await isTold(second, service, "ok", "resolve");
      await take(second, web, "db3");
      await pause(LOOKS_MS);
      assert.deepEqual(told(second, service), ["ok", "resolve"]);
      const over = printedEvents(second).find((event) => event.service?.startsWith(service));
      assert.match(over?.description ?? "", /^webhook 127\.0\.0\.1:\d+\S* takes (events|alerts) again, /);
      assert.deepEqual(over?.tags, ["fast-ts", "delivery"]);
      assert.ok(over.description?.startsWith(`${over.attributes.target} `));
      await second.stop();

      const third = await start(t, web, data, workers);
      await take(third, web, "db4");
      await pause(LOOKS_MS);
      assert.deepEqual(told(third, service), []);
      await third.stop();
    });

for (const workers of [0, 2])
  test(`an outage of before a restart is over, once, when a reload removes the sink, with ${workers} workers`, async (t) => {
    const web = await brokenServer(t, 503);
    const data = join(routeDir(t, {}), "data");
    const first = await start(t, web, data, workers);
    await send(first, "disk", "db1");
    await isTold(first, DELIVERY, "critical", "trigger");
    await end(first, data, "SIGKILL");

    const second = await start(t, web, data, workers);
    await pause(LOOKS_MS);
    assert.deepEqual(told(second, DELIVERY), []);
    second.write("disks.ts", 'import { filter, pipeline } from "fast-ts"; pipeline("disks", [filter(() => false)]);');
    await isTold(second, DELIVERY, "ok", "resolve");
    await pause(LOOKS_MS);
    assert.deepEqual(told(second, DELIVERY), ["ok", "resolve"]);
    const over = printedEvents(second).find((event) => event.service?.startsWith(DELIVERY));
    assert.match(over?.description ?? "", /^no route sends to webhook \S+ any more: whether it works is not known$/);
    assert.equal(second.linesOf("trouble of a target is over: no route sends to it any more").length, 1);
    await second.stop();
  });

for (const [service, status] of [
  [DELIVERY, 503],
  [LOST, 400],
] as const)
  test(`"${service}" of a worker that was replaced is over, once, without a disk too`, async (t) => {
    const web = await brokenServer(t, status);
    const daemon = await start(t, web, null, 1);
    await send(daemon, "disk", "db1");
    await isTold(daemon, service, "critical", "trigger");
    await send(daemon, "exit", "any");
    await daemon.logged("worker is replaced, its pipelines start anew");
    await take(daemon, web, "db2");
    await isTold(daemon, service, "ok", "resolve");
    await take(daemon, web, "db3");
    await pause(LOOKS_MS);
    assert.deepEqual(told(daemon, service), ["critical", "ok", "resolve", "trigger"]);
    await daemon.stop();
  });
