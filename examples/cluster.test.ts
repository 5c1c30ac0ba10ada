import assert from "node:assert/strict";
import { expectEvents, routes, test, wait } from "fast-ts/testing";

const gets = (host: string, metric: number) => ({ host, service: "riak gets", metric, ttl: 20 });

test("the operations of all nodes are added up", () => {
  const t = routes("./cluster.ts");
  t.inject([gets("riak-1", 100), gets("riak-2", 200), gets("riak-3", 300), wait(10)]);
  expectEvents(t.sinks.graphite.slice(-1), [{ host: "riak-cluster", service: "riak gets", metric: 600 }]);
});

test("of latencies the slowest node's counts", () => {
  const t = routes("./cluster.ts");
  const latency = (host: string, metric: number) => ({ host, service: "riak get latency", metric });
  t.inject([latency("riak-1", 0.01), latency("riak-2", 0.5), latency("riak-3", 0.02), wait(10)]);
  expectEvents(t.sinks.graphite.slice(-1), [{ host: "riak-cluster", service: "riak get latency", metric: 0.5 }]);
});

test("a node that falls silent is left out after its ttl", () => {
  const t = routes("./cluster.ts");
  t.inject([gets("riak-1", 100), gets("riak-2", 200)]);
  for (let n = 0; n < 5; n++) t.inject([wait(10), gets("riak-1", 100)]);
  t.inject([wait(10)]);
  expectEvents(t.sinks.graphite.slice(-1), [{ metric: 100 }]);
});

test("what is not of the cluster does not get to Graphite", () => {
  const t = routes("./cluster.ts");
  t.inject([{ host: "web-1", service: "http requests", metric: 5 }, wait(10)]);
  expectEvents(t.sinks.graphite, []);
});

test("Graphite gets one point for each ten seconds, whenever the nodes send", () => {
  const t = routes("./cluster.ts");
  for (let n = 0; n < 12; n++) t.inject([gets("riak-1", 100), wait(1), gets("riak-2", 200), wait(6)]);
  const slots = t.sinks.graphite.map(({ time }) => Math.floor(time / 10));
  const [first = 0] = slots;
  assert.deepEqual(
    slots,
    slots.map((_, at) => first + at),
  );
});
