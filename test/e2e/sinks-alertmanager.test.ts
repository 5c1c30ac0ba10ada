import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { alertmanager } from "../../src/sinks/alertmanager.ts";
import { alert } from "../../src/stages/alert.ts";
import { live } from "../sinks/live.ts";
import { until } from "../until.ts";
import { lacking, RealServer } from "./real-server.ts";

const CONFIG = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";

interface Known {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

test("Alertmanager knows what fires, with which severity, and that it is over", {
  skip: lacking("prometheus-alertmanager"),
}, async (t) => {
  const server = await RealServer.start(t, "prometheus-alertmanager", (port, dir) => {
    const config = join(dir, "alertmanager.yml");
    writeFileSync(config, CONFIG);
    const listen = [`--web.listen-address=127.0.0.1:${port}`, "--cluster.listen-address="];
    return [`--config.file=${config}`, `--storage.path=${dir}`, ...listen];
  });
  const clock = new SystemClock();
  const run = live([alert([alertmanager(server.url)])], clock);
  t.after(() => {
    run.abandon();
    run.targets.close();
    clock.stop();
  });
  const firing = async () => (await server.json<readonly Known[]>("/api/v2/alerts")).map(({ labels }) => labels);
  const tell = async (state: string, delivered: number): Promise<void> => {
    run.offer({ host: "db1", service: "disk /var", state, metric: 0.95, description: "40 GB" });
    await until("the books", () => run.report("alert#0/alertmanager#0").delivered === delivered);
  };
  await tell("critical", 1);
  const series = { alertname: "disk /var", host: "db1" };
  await until("the alert", async () => (await firing()).length === 1);
  const [known] = await server.json<readonly Known[]>("/api/v2/alerts");
  assert.deepEqual(known?.labels, { ...series, severity: "critical" });
  assert.equal(known?.annotations.summary, "critical: db1 disk /var");
  await tell("warning", 2);
  await until("the other severity alone", async () => {
    const labels = await firing();
    return labels.length === 1 && labels[0]?.severity === "warning";
  });
  await tell("ok", 3);
  await until("nothing to fire", async () => (await firing()).length === 0);
});
