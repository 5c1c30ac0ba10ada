import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { type TestContext, test } from "node:test";
import { event } from "../../src/core/event.ts";
import { kafka } from "../../src/sinks/kafka.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { MAX_WAIT_SECONDS, until } from "../until.ts";
import { lacking, withoutDriver } from "./real-server.ts";
import { SilentServer } from "./silent-server.ts";

const skip = lacking("kcat") || withoutDriver("kafkajs");
const EVENTS = Array.from({ length: 1500 }, (_, n) => ({ host: `h${n % 3}`, service: `s ${n}`, metric: n, time: 7 }));

/** librdkafka's mock broker, with a reader of the topic in one process: what it prints is what was sent. */
class Broker {
  address = "";
  readonly read: [key: string, value: string][] = [];
  readonly #child: ChildProcess;
  #said = "";

  static async start(t: TestContext, topic: string): Promise<Broker> {
    const broker = new Broker(t, topic);
    await until(
      "the mock broker",
      () => broker.address !== "",
      MAX_WAIT_SECONDS,
      () => broker.#said,
    );
    return broker;
  }

  private constructor(t: TestContext, topic: string) {
    const args = ["-b", "x", "-X", "test.mock.num.brokers=1", "-d", "mock", "-C", "-t", topic, "-u", "-f", "%k\t%s\n"];
    this.#child = spawn("kcat", args, { stdio: ["ignore", "pipe", "pipe"] });
    t.after(() => this.#child.kill("SIGKILL"));
    let rest = "";
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.read.push(line.split("\t") as [string, string]);
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#said = `${this.#said}${chunk}`.slice(-20_000);
      this.address ||= /bootstrap\.servers=(127\.0\.0\.1:\d+)/.exec(this.#said)?.[1] ?? "";
    });
  }
}

test("a topic has every event, those of a host in order", { skip }, async (t) => {
  const broker = await Broker.start(t, "events");
  const outside = new Outside([kafka(broker.address, { ...PATIENT, topic: "events" })], "kafka#0");
  t.after(() => outside.close());
  outside.offer(...EVENTS);
  await outside.settled();
  assert.equal(outside.report.delivered, EVENTS.length, JSON.stringify(outside.live.log));
  await until("the reader to have all", () => broker.read.length >= EVENTS.length);
  for (const host of ["h0", "h1", "h2"])
    assert.deepEqual(
      broker.read.filter(([key]) => key === host).map(([, value]) => value),
      EVENTS.filter((one) => one.host === host).map((one) => JSON.stringify(event(one))),
    );
});

test("a broker that is away is waited for", { skip: withoutDriver("kafkajs") }, async (t) => {
  const outside = new Outside([kafka("127.0.0.1:1", { topic: "events", timeout: 1 })], "kafka#0");
  t.after(() => outside.close());
  outside.offer(...EVENTS.slice(0, 3));
  await outside.until(() => outside.live.log.length > 0);
  assert.equal(outside.report.pending, 3);
  assert.match(JSON.stringify(outside.live.log), /ECONNREFUSED/);
});

test("a broker that says nothing keeps none of our connections", { skip }, async (t) => {
  const silent = await SilentServer.start(t);
  const outside = new Outside([kafka(silent.address, { topic: "events", timeout: 1, retryFor: 10 })], "kafka#0");
  t.after(() => outside.close());
  outside.offer(...EVENTS.slice(0, 1));
  await outside.settled();
  assert.ok(silent.connections > 1);
  await until("all to be closed", () => silent.open === 0);
});
