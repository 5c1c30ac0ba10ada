import { parseArgs } from "node:util";
import { Histogram } from "./histogram.ts";
import { LoadConnection } from "./load-connection.ts";
import { buildPool } from "./load-pool.ts";

/*
 * The load generator of a plain clone. Flags and output are those of the C one, which is the judge where it is there:
 *   node dist/bench/load.js -p PORT -c CONNECTIONS -b EVENTS_PER_MESSAGE -w WINDOW -u WARM_UP -d SECONDS [-r EVENTS_PER_S]
 */
const { port, connections: clients, batch, window, warmUp, seconds, rate, hosts, services } = settings();
/** Without an ack for so long, what is owed is an error. */
const PATIENCE_MS = 10_000;

const pool = buildPool({ eventsPerMessage: batch, hosts, services });
const latencies = new Histogram();
let acked = 0;
let ackedSum = 0;
let errors = 0;
let lastAck = performance.now();
const counts = {
  acked(since: number, metricSum: number): void {
    lastAck = performance.now();
    latencies.add((lastAck - since) * 1000);
    acked++;
    ackedSum += metricSum;
  },
  broke(owed: number): void {
    errors += Math.max(1, owed);
  },
};

const connections: LoadConnection[] = [];
for (let i = 0; i < clients; i++) {
  const first = Math.floor((i * pool.sums.length) / clients);
  connections.push(await LoadConnection.open(port, pool, window, first, counts));
}

const begun = performance.now();
let isStopping = false;
let atWarm = { at: begun, acked: 0, cpu: process.cpuUsage() };
setTimeout(() => {
  latencies.clear();
  atWarm = { at: performance.now(), acked, cpu: process.cpuUsage() };
  setTimeout(() => void finish(), seconds * 1000);
}, warmUp * 1000);
if (rate === 0) for (const connection of connections) saturate(connection);
else keepRate((1000 * batch) / rate);

/** Closed loop: whenever acks come, as many messages follow. */
function saturate(connection: LoadConnection): void {
  const fill = (): void => {
    let count = 0;
    for (const now = performance.now(); connection.hasRoom && !isStopping; count++) connection.admit(now);
    connection.send(count);
  };
  connection.onAcks = fill;
  fill();
}

/** Open loop: a message is due every `interval` ms, and late from then on, sent or not. */
function keepRate(interval: number): void {
  const step = (): void => {
    if (isStopping) return;
    const now = performance.now();
    for (const [i, connection] of connections.entries()) {
      let count = 0;
      for (; connection.hasRoom; count++) {
        const due = begun + (connection.admitted * connections.length + i) * interval;
        if (due > now) break;
        connection.admit(due);
      }
      connection.send(count);
    }
    setImmediate(step);
  };
  step();
}

async function finish(): Promise<void> {
  isStopping = true;
  const elapsed = (performance.now() - atWarm.at) / 1000;
  const measured = acked - atWarm.acked;
  const { user, system } = process.cpuUsage(atWarm.cpu);
  const owed = (): number => connections.reduce((sum, one) => sum + (one.isOpen ? one.admitted - one.acked : 0), 0);
  while (owed() > 0 && performance.now() - lastAck < PATIENCE_MS) await new Promise(setImmediate);
  errors += owed();
  for (const connection of connections) connection.close();
  const report = {
    events_per_s: (measured * batch) / elapsed,
    msgs_per_s: measured / elapsed,
    p50_us: latencies.quantile(0.5),
    p99_us: latencies.quantile(0.99),
    p999_us: latencies.quantile(0.999),
    errors,
    elapsed_s: elapsed,
    events: measured * batch,
    loadgen_cpu_s: (user + system) / 1e6,
    total_events: acked * batch,
    total_metric_sum: ackedSum,
    conns: connections.length,
    batch,
    window,
  };
  console.log(JSON.stringify(report));
}

function settings() {
  const option = (short: string, fallback: string) => ({ type: "string" as const, short, default: fallback });
  const { values } = parseArgs({
    options: {
      port: { type: "string", short: "p" },
      connections: option("c", "8"),
      batch: option("b", "100"),
      window: option("w", "16"),
      hosts: option("H", "100"),
      services: option("S", "20"),
      warmUp: option("u", "0"),
      seconds: option("d", "1"),
      rate: option("r", "0"),
    },
  });
  const number = (text: string | undefined): number => Number(text);
  return {
    port: number(values.port),
    connections: number(values.connections),
    batch: number(values.batch),
    window: number(values.window),
    hosts: number(values.hosts),
    services: number(values.services),
    warmUp: number(values.warmUp),
    seconds: number(values.seconds),
    rate: number(values.rate),
  };
}
