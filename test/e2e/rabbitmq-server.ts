import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "../../bench/free-port.ts";
import { cleanUp } from "../clean-up.ts";
import { certificate } from "../doors/certificates.ts";
import { driverModule, lacking, RealServer, withoutDriver } from "./real-server.ts";

const BIN = "/usr/lib/rabbitmq/bin";
/** Why tests of RabbitMQ are skipped; false when they are not. */
export const lackingRabbitMq = lacking("rabbitmq-server") || withoutDriver("amqplib");
/** What the broker takes. */
export const MAX_MESSAGE_BYTES = 10_000;

/** What is used of amqplib. */
interface Amqplib {
  connect(url: string): Promise<Connection>;
}
interface Connection {
  createChannel(): Promise<Channel>;
  close(): Promise<void>;
}
export interface Channel {
  assertExchange(name: string, type: string): Promise<unknown>;
  assertQueue(name: string, options?: object): Promise<{ readonly messageCount: number }>;
  bindQueue(queue: string, exchange: string, key: string): Promise<unknown>;
  consume(queue: string, listener: (message: Message | null) => void, options: object): Promise<unknown>;
}
export interface Message {
  readonly content: Buffer;
  readonly fields: { readonly routingKey: string };
  readonly properties: { readonly messageId: string; readonly contentType: string; readonly deliveryMode: number };
}

/** A broker of its own, which also listens with TLS. */
export class RabbitMq {
  readonly server: RealServer;
  readonly tlsPort: number;

  /** A broker with a port of its own for what Erlang's nodes say to each other. */
  static async start(t: TestContext): Promise<RabbitMq> {
    const [dist, epmd, tlsPort] = [await freePort(), await freePort(), await freePort()];
    const env = (port: number, dir: string): NodeJS.ProcessEnv => ({
      ...{ HOME: dir, RUNNING_UNDER_SYSTEMD: "1", RABBITMQ_NODENAME: `fts${port}@localhost`, RABBITMQ_LOGS: "-" },
      ...{ RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1", RABBITMQ_NODE_PORT: String(port), RABBITMQ_DIST_PORT: String(dist) },
      ...{ RABBITMQ_MNESIA_BASE: join(dir, "m"), RABBITMQ_PID_FILE: join(dir, "pid"), RABBITMQ_LOG_BASE: dir },
      ...{ RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, "plugins"), RABBITMQ_CONFIG_FILE: join(dir, "rabbitmq.conf") },
      ...{ ERL_EPMD_ADDRESS: "127.0.0.1", ERL_EPMD_PORT: String(epmd), RABBITMQ_CONF_ENV_FILE: "/dev/null" },
      ERL_EPMD_RELAXED_COMMAND_CHECK: "1", // it may be ended before it knows that the broker has
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    });
    const configured = (_: number, dir: string): [] => {
      const { cert, key } = certified;
      for (const [name, text] of Object.entries({ "cert.pem": cert, "key.pem": key }))
        writeFileSync(join(dir, name), text);
      writeFileSync(
        join(dir, "rabbitmq.conf"),
        `max_message_size = ${MAX_MESSAGE_BYTES}\nlisteners.ssl.default = 127.0.0.1:${tlsPort}\n` +
          `ssl_options.certfile = ${dir}/cert.pem\nssl_options.keyfile = ${dir}/key.pem\nssl_options.cacertfile = ${dir}/cert.pem\n`,
      );
      return [];
    };
    const certified = certificate("localhost");
    const server = await RealServer.start(t, join(BIN, "rabbitmq-server"), configured, env);
    cleanUp(t, () => execFileSync("epmd", ["-port", String(epmd), "-kill"], { stdio: "pipe" }));
    return new RabbitMq(server, tlsPort);
  }

  private constructor(server: RealServer, tlsPort: number) {
    this.server = server;
    this.tlsPort = tlsPort;
  }

  get url(): string {
    return `amqp://127.0.0.1:${this.server.port}`;
  }

  /** What `work` does with a channel. */
  async with<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const connection = await driverModule<Amqplib>("amqplib").connect(this.url);
    try {
      return await work(await connection.createChannel());
    } finally {
      await connection.close();
    }
  }

  /** A durable queue for what comes to an exchange with any of these keys. */
  bind(name: string, keys: readonly string[]): Promise<void> {
    return this.with(async (channel) => {
      await channel.assertExchange(name, "direct");
      await channel.assertQueue(name);
      for (const key of keys) await channel.bindQueue(name, name, key);
    });
  }

  /** All that a queue has. */
  take(queue: string): Promise<Message[]> {
    return this.with(async (channel) => {
      const messages: Message[] = [];
      const { messageCount } = await channel.assertQueue(queue);
      if (messageCount === 0) return messages;
      await new Promise<void>((resolve) =>
        channel.consume(
          queue,
          (message) => {
            if (message !== null) messages.push(message);
            if (messages.length === messageCount) resolve();
          },
          { noAck: true },
        ),
      );
      return messages;
    });
  }

  /** Has what was declared on the disk: left to itself, the broker writes that a little later, and a kill may cost it. */
  written(): void {
    this.ctl("eval", "mnesia:sync_log().");
  }

  ctl(...args: string[]): void {
    execFileSync(join(BIN, "rabbitmqctl"), args, { env: { ...process.env, ...this.server.env }, stdio: "pipe" });
  }
}
