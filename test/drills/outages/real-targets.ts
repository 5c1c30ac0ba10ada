import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { creation } from "../../../src/sinks/postgres-sql.ts";
import { startPostgres } from "../../e2e/postgres-server.ts";
import { driverModule, RealServer } from "../../e2e/real-server.ts";
import { until } from "../../until.ts";
import type { Mood } from "./mood.ts";
import { type OutageTarget, StubTarget, scratch } from "./outage-target.ts";

export const numberOf = (json: string): number => Number(/"service":"e(\d+)"/.exec(json)?.[1]);

/** Who reads from a server that has no disk, while it runs. */
export interface Reader {
  readonly got: readonly number[];
  /** Resolves once it reads, also after a start of the server. */
  reads(): Promise<unknown>;
}

/** Resolves when the reader of a server that nobody sends to any more has got all. */
async function readToTheEnd(got: readonly number[]): Promise<void> {
  for (let before = -1; before < got.length; await sleep(1000)) before = got.length;
}

/** A real server, with a stub before it for the moods that it has not. */
export class RealTarget implements OutageTarget {
  readonly #server: RealServer;
  readonly #proxy: StubTarget;
  readonly #signal: NodeJS.Signals;
  readonly #read: () => Promise<readonly number[]>;
  readonly #reader: Reader | null;
  #isAway = false;

  /**
   * @param signal - What ends the server.
   * @param reader - Of a server without a disk, which is not ended before all is read.
   */
  static async start(
    t: TestContext,
    server: RealServer,
    signal: NodeJS.Signals,
    read: () => Promise<readonly number[]>,
    reader: Reader | null = null,
  ): Promise<RealTarget> {
    return new RealTarget(server, await StubTarget.start(t, "proxy", server.port), signal, read, reader);
  }

  private constructor(
    server: RealServer,
    proxy: StubTarget,
    signal: NodeJS.Signals,
    read: () => Promise<readonly number[]>,
    reader: Reader | null,
  ) {
    this.#reader = reader;
    this.#server = server;
    this.#proxy = proxy;
    this.#signal = signal;
    this.#read = read;
  }

  get address(): string {
    return this.#proxy.address;
  }

  async become(mood: Mood): Promise<void> {
    if (mood === "away") {
      if (this.#reader !== null) {
        await this.#proxy.become(mood);
        await readToTheEnd(this.#reader.got);
      }
      await this.#server.stop(this.#signal);
    } else if (this.#isAway) {
      await this.#server.start();
      await this.#reader?.reads();
    }
    this.#isAway = mood === "away";
    await this.#proxy.become(mood);
  }

  async received(): Promise<readonly number[]> {
    if (this.#reader !== null) await readToTheEnd(this.#reader.got);
    return this.#read();
  }
}

interface Ioredis {
  readonly Redis: new (
    url: string,
  ) => { xrange(key: string, from: string, to: string): Promise<[string, string[]][]>; disconnect(): void };
}

export async function redisTarget(t: TestContext): Promise<OutageTarget> {
  const server = await RealServer.start(t, "redis-server", (port, dir) => [
    ...["--bind", "127.0.0.1", "--port", String(port), "--dir", dir, "--save", "", "--appendonly", "yes"],
    // With an fsync a second it answers before it writes, while one is slow.
    ...["--appendfsync", "no"],
  ]);
  return RealTarget.start(t, server, "SIGKILL", async () => {
    const client = new (driverModule<Ioredis>("ioredis").Redis)(`redis://127.0.0.1:${server.port}`);
    const entries = await client.xrange("events", "-", "+");
    client.disconnect();
    return entries.map(([, [, json = ""]]) => numberOf(json));
  });
}

interface Transport {
  connect(options: object): Promise<{
    subscribe(subject: string, options: { callback: (error: unknown, message: { string(): string }) => void }): void;
    request(subject: string, payload: string): Promise<{ json(): { readonly state?: { readonly messages: number } } }>;
    close(): Promise<void>;
  }>;
}

/** A stream of JetStream. It is ended gently: what it acknowledges is not on its disk at once. */
export async function natsTarget(t: TestContext): Promise<OutageTarget> {
  const server = await RealServer.start(t, "nats-server", (port, dir) => [
    ...["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", dir],
  ]);
  const { connect } = driverModule<Transport>("@nats-io/transport-node");
  const link = async () => connect({ servers: `127.0.0.1:${server.port}` });
  const first = await link();
  const stream = { name: "EVENTS", subjects: ["events"], storage: "file" };
  await first.request("$JS.API.STREAM.CREATE.EVENTS", JSON.stringify(stream));
  await first.close();
  return RealTarget.start(t, server, "SIGTERM", async () => {
    const reader = await link();
    const got: number[] = [];
    reader.subscribe("reader", { callback: (_, message) => got.push(numberOf(message.string())) });
    const { state } = (await reader.request("$JS.API.STREAM.INFO.EVENTS", "")).json();
    const config = { deliver_subject: "reader", ack_policy: "none", deliver_policy: "all" };
    await reader.request("$JS.API.CONSUMER.CREATE.EVENTS", JSON.stringify({ stream_name: "EVENTS", config }));
    await until("the reader to have all", () => got.length === state?.messages);
    await reader.close();
    return got;
  });
}

interface Pg {
  readonly Client: new (
    options: object,
  ) => {
    connect(): Promise<void>;
    query(text: string): Promise<{ readonly rows: readonly { readonly service: string }[] }>;
    end(): Promise<void>;
  };
}

/** A table with a column more, which numbers rows as they come: the place of a row may be that of one that is gone. */
export async function postgresTarget(t: TestContext): Promise<OutageTarget> {
  const server = await startPostgres(t);
  const query = async (...statements: readonly string[]) => {
    const connectionString = `postgres://me@127.0.0.1:${server.port}/postgres`;
    const client = new (driverModule<Pg>("pg").Client)({ connectionString });
    await client.connect();
    const answer = await client.query(statements.join("; "));
    await client.end();
    return answer;
  };
  const made = [...creation("events"), "ALTER TABLE events ADD COLUMN IF NOT EXISTS came bigserial"];
  const isMade = () => query(...made).then(Boolean, () => false); // it answers before it is ready
  await until("the table", isMade);
  return RealTarget.start(t, server, "SIGQUIT", async () => {
    const { rows } = await query("SELECT service FROM events ORDER BY came");
    return rows.map(({ service }) => Number(service.slice(1)));
  });
}

/**
 * librdkafka's mock broker, with a reader in its process: what it had not printed when it was killed is gone. It has
 * another port after each start; at the one that is named first a proxy leads there.
 */
class KafkaTarget implements OutageTarget {
  #broker: ChildProcess | null = null;
  #proxy: StubTarget | null = null;
  readonly #got: number[] = [];

  static async start(t: TestContext): Promise<KafkaTarget> {
    const target = new KafkaTarget();
    t.after(() => target.#broker?.kill("SIGKILL"));
    target.#proxy = await StubTarget.start(t, "proxy", await target.#start());
    return target;
  }

  get address(): string {
    return this.#proxy?.address ?? "";
  }

  async become(mood: Mood): Promise<void> {
    if (mood === "silent") this.#broker?.kill("SIGSTOP");
    else if (mood === "away") {
      const broker = this.#broker;
      this.#broker = null;
      broker?.kill("SIGKILL");
      if (broker !== null) await once(broker, "close");
      await this.#proxy?.become("away");
    } else if (this.#broker !== null) this.#broker.kill("SIGCONT");
    else await this.#proxy?.leadTo(await this.#start());
  }

  async received(): Promise<readonly number[]> {
    await readToTheEnd(this.#got);
    return this.#got;
  }

  async #start(): Promise<number> {
    const args = ["-b", "x", "-X", "test.mock.num.brokers=1", "-d", "mock", "-C", "-t", "events", "-u", "-f", "%s\n"];
    const broker = spawn("kcat", args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#broker = broker;
    let rest = "";
    broker.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#got.push(numberOf(line));
    });
    let said = "";
    let port = 0;
    broker.stderr.on("data", (chunk: Buffer) => {
      if (port > 0) return;
      said += chunk;
      port = Number(/bootstrap\.servers=127\.0\.0\.1:(\d+)/.exec(said)?.[1] ?? 0);
    });
    await until("the mock broker", () => port > 0);
    return port;
  }
}

export const kafkaTarget = (t: TestContext): Promise<OutageTarget> => KafkaTarget.start(t);

/** A file: away means that its directory is none, and what refuses is a full disk. */
export async function fileTarget(t: TestContext): Promise<OutageTarget> {
  const dir = join(scratch(t), "out");
  const [path, aside] = [join(dir, "events.ndjson"), `${dir}.aside`];
  mkdirSync(dir);
  writeFileSync(path, "");
  let mood: Mood = "well";
  return {
    address: path,
    async become(next) {
      if (mood === "away") {
        rmSync(dir);
        renameSync(aside, dir);
      }
      if (mood === "refuses") {
        rmSync(path);
        renameSync(`${path}.aside`, path);
      }
      mood = next;
      if (mood === "away") {
        renameSync(dir, aside);
        writeFileSync(dir, "no directory");
      }
      if (mood === "refuses") {
        renameSync(path, `${path}.aside`);
        symlinkSync("/dev/full", path);
      }
    },
    async received() {
      return readFileSync(path, "utf8").split("\n").slice(0, -1).map(numberOf);
    },
  };
}

/** A program that appends to a file; what is silent never ends, what refuses fails. */
export async function execTarget(t: TestContext): Promise<OutageTarget> {
  const dir = scratch(t);
  const [program, got] = [join(dir, "program"), join(dir, "got")];
  const scripts: Partial<Record<Mood, string>> = {
    well: `exec cat >>${got}`,
    silent: "exec sleep 1000",
    refuses: "cat >/dev/null; exit 1",
  };
  const become = async (mood: Mood): Promise<void> => {
    writeFileSync(`${program}.new`, `#!/bin/sh\n${scripts[mood]}\n`, { mode: 0o755 });
    renameSync(`${program}.new`, program);
  };
  await become("well");
  return {
    ...{ address: program, become },
    received: async () => readFileSync(got, "utf8").split("\n").slice(0, -1).map(numberOf),
  };
}
