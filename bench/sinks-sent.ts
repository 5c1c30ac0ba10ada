import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SystemClock } from "../src/core/clock.ts";
import type { AnyStages } from "../src/core/pipeline.ts";
import { Targets } from "../src/delivery/targets.ts";
import { forward } from "../src/sinks/forward.ts";
import { webhook } from "../src/sinks/webhook.ts";
import { WRITERS } from "../src/sinks/writers.ts";
import { type Child, startChild } from "./child.ts";
import { decodedBatches } from "./decoded.ts";
import { freePort } from "./free-port.ts";
import { runAlone } from "./pipeline-alone.ts";
import { settledHeap } from "./settled-heap.ts";
import { median } from "./statistics.ts";
import { reference } from "./target.ts";

/*
 * What sinks take to bring the load generator's mix through real sockets to servers in other processes, and what waits for
 * them in memory. A pipeline with one sink, its events given in turns:
 *   FTS_CAP=…/cap node dist/bench/sinks-sent.js
 * Without FTS_CAP forward sends to our own server that only splits and acks.
 */
const ROUNDS = 5;
const EVENTS = 100_000;
const TURN_EVENTS = 1_000;
const MAX_WAITING_BYTES = 250;

const ROOM = { maxEvents: 2 * EVENTS, maxBytes: 1024 ** 3, timeout: 600 };
const batches = decodedBatches({ eventsPerMessage: TURN_EVENTS, count: EVENTS });
const count = batches.flat().length;

interface Sending {
  /** Gives all events, as many a turn as the worker does. */
  give(): Promise<void>;
  flush(): Promise<void>;
  pending(): number;
  end(): void;
}

function sending(stages: AnyStages): Sending {
  const clock = new SystemClock();
  const complain = (message: string, fields = {}): void => {
    throw new Error(`${message} ${JSON.stringify(fields)}`);
  };
  const log = { info() {}, warn: complain, error: complain };
  const targets = new Targets({ clock, log, random: Math.random, dataDir: null, tell() {} }, WRITERS);
  const alone = runAlone(stages, undefined, null, targets);
  return {
    async give() {
      for (const batch of batches) {
        alone.offer(batch);
        await turn();
      }
    },
    flush: () => targets.finish(),
    pending: () => targets.reports().reduce((sum, { pending }) => sum + pending, 0),
    end() {
      alone.end();
      targets.close();
      clock.stop();
    },
  };
}

/** Processor time of this process for each event that the server has taken, nanoseconds. */
async function nanoseconds(stages: AnyStages): Promise<number> {
  const run = sending(stages);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await run.give();
    await run.flush();
    const { user, system } = process.cpuUsage(before);
    rounds.push(((user + system) * 1000) / count);
  }
  run.end();
  return median(rounds);
}

/** Heap that an event takes while it waits, each an item of its own, beside what it takes anyway. */
async function waitingBytes(stages: AnyStages): Promise<number> {
  const run = sending(stages);
  const before = settledHeap();
  await run.give();
  const after = settledHeap();
  if (run.pending() !== count) throw new Error(`${run.pending()} of ${count} events wait`);
  run.end();
  return (after - before) / count;
}

const servers: Child[] = [];
async function start(command: (port: number) => readonly string[]): Promise<string> {
  const port = await freePort();
  const server = startChild(command(port), 1);
  servers.push(server);
  await server.saw("listening");
  return `127.0.0.1:${port}`;
}

const web = await start((port) => [
  process.execPath,
  fileURLToPath(new URL("http-floor.js", import.meta.url)),
  String(port),
]);
const bytes = await waitingBytes([webhook(`http://${web}/never`, ROOM)]);
const router = await start(reference().command);
const rows: object[] = [];
for (const [sink, batch, goal, stage] of [
  [`forward, to the ${reference().name}`, 500, 700_000, forward(router, ROOM)],
  ["webhook, HTTP", 1000, 300_000, webhook(`http://${web}/`, ROOM)],
] as const) {
  const cpu = await nanoseconds([stage]);
  const perSecond = Math.round(1e6 / cpu) * 1000;
  rows.push({
    sink,
    "a batch": batch,
    "cpu ns": cpu.toFixed(0),
    "events/s": perSecond,
    goal,
    ratio: ratio(1e9 / cpu, goal),
  });
}
console.table(rows);
console.log(`an event that waits: ${bytes.toFixed(0)} B beside its own (goal: <= ${MAX_WAITING_BYTES})`);
for (const server of servers) server.signal("SIGKILL");

function ratio(value: number, goal: number): string {
  return (value / goal).toFixed(2);
}
