import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { RabbitMq } from "../../e2e/rabbitmq-server.ts";
import { driverModule, RealServer } from "../../e2e/real-server.ts";
import { until } from "../../until.ts";
import type { OutageTarget } from "./outage-target.ts";
import { numberOf, RealTarget } from "./real-targets.ts";

/** A durable queue: what is confirmed is on the broker's disk. */
export async function amqpTarget(t: TestContext): Promise<OutageTarget> {
  const rabbit = await RabbitMq.start(t);
  await rabbit.with((channel) => channel.assertQueue("events"));
  rabbit.written();
  return RealTarget.start(t, rabbit.server, "SIGKILL", async () =>
    (await rabbit.take("events")).map(({ content }) => numberOf(String(content))),
  );
}

interface Mqtt {
  connect(
    url: string,
    options: object,
  ): {
    on(name: "connect" | "close", listener: () => void): void;
    on(name: "message", listener: (topic: string, payload: Buffer) => void): void;
    subscribe(topic: string, options: object, done: () => void): void;
    end(isForced: boolean): void;
  };
}

/** A subscriber of mosquitto, which has no disk here. */
export async function mqttTarget(t: TestContext): Promise<OutageTarget> {
  const server = await RealServer.start(t, "mosquitto", (port, dir) => {
    const lines = [`listener ${port} 127.0.0.1`, "allow_anonymous true", "user root", "max_queued_messages 0"];
    writeFileSync(join(dir, "mosquitto.conf"), lines.join("\n"));
    return ["-c", join(dir, "mosquitto.conf")];
  });
  const got: number[] = [];
  const client = driverModule<Mqtt>("mqtt").connect(`mqtt://127.0.0.1:${server.port}`, { reconnectPeriod: 10 });
  t.after(() => client.end(true));
  let isReading = false;
  client.on("close", () => (isReading = false));
  client.on("connect", () => client.subscribe("events", { qos: 1 }, () => (isReading = true)));
  client.on("message", (_, payload) => got.push(numberOf(String(payload))));
  return RealTarget.start(t, server, "SIGKILL", async () => got, {
    got,
    reads: () => until("the subscriber to be back", () => isReading),
  });
}
