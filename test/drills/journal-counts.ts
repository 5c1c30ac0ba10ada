import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { TestContext } from "node:test";
import type { WireEvent } from "../../src/wire/codec.ts";
import type { Client } from "../e2e/client.ts";

const KEYS = 20;
const MAX_MESSAGE_EVENTS = 60;
const WINDOW_SECONDS = 0.5;

/** How many events of each key. */
export type Counts = Map<string, number>;

export function add(counts: Counts, key: string, events: number): void {
  counts.set(key, (counts.get(key) ?? 0) + events);
}

export const sumOf = (counts: Counts): number => [...counts.values()].reduce((all, count) => all + count, 0);

/** The events of a message. */
export function message(chance: () => number): Counts {
  const counts: Counts = new Map();
  for (let left = 1 + Math.floor(chance() * MAX_MESSAGE_EVENTS); left > 0; left--)
    add(counts, `h${Math.floor(chance() * KEYS)}`, 1);
  return counts;
}

export function eventsOf(counts: Counts): WireEvent[] {
  return [...counts].flatMap(([host, count]) =>
    Array.from({ length: count }, () => ({ host, service: "sent", metric_d: 1, ttl: 3600 })),
  );
}

/** What the index has counted of each key; null while it cannot be asked. */
export async function counted(client: Client, service = "counted"): Promise<Counts | null> {
  const { ok, events = [] } = await client.ask({ query: { string: `service = "${service}"` } });
  if (ok !== true) return null;
  return new Map(events.map(({ host, metric_d, metric_sint64 }) => [host ?? "", Number(metric_sint64 ?? metric_d)]));
}

export const sorted = (counts: Counts): Counts => new Map([...counts].sort());

/** What the windows said: each again with the same number, if at all. */
export class Windows {
  readonly #sums = new Map<string, number>();
  repeated = 0;
  /** The first ones, which are known to be delivered: they are not to come again. */
  settled = 0;

  take({ host, time, metric }: { host: string; time: number; metric: number }): void {
    const [id, sum] = [`${host} ${time}`, Math.round(metric * WINDOW_SECONDS)];
    const before = this.#sums.get(id);
    if (before !== undefined) this.#again(id);
    assert.ok(before === undefined || before === sum, `window ${id} was ${before}, and is ${sum} now`);
    this.#sums.set(id, sum);
  }

  get count(): number {
    return this.#sums.size;
  }

  get events(): Counts {
    const all: Counts = new Map();
    for (const [id, sum] of this.#sums) add(all, id.split(" ")[0] ?? "", sum);
    return all;
  }

  #again(id: string): void {
    this.repeated++;
    const nth = [...this.#sums.keys()].indexOf(id);
    assert.ok(nth >= this.settled, `window ${id} came again, and was known to be delivered`);
  }
}

/** A pipeline whose windows go to {@link listener}. */
export const windowsRoute = (port: number): string => `import { by, filter, pipeline, rate, webhook } from "fast-ts";
const target = webhook("http://127.0.0.1:${port}/", { timeout: 5, batch: { events: 20 } });
pipeline("windows", [filter((e) => e.service === "sent"), by("host", [rate(${WINDOW_SECONDS}, { idle: 0 })]), target]);`;

/** What the windows are sent to. */
export async function listener(t: TestContext, windows: Windows): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      for (const event of JSON.parse(Buffer.concat(chunks).toString())) windows.take(event);
      response.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
