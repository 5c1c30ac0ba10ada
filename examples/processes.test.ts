import assert from "node:assert/strict";
import { test } from "node:test";
import { routes, wait } from "fast-ts/testing";

const cpu = (host: string, process: string, metric: number) => ({ host, service: `cpu ${process}`, metric, ttl: 30 });

/** What the agents of two hosts send every ten seconds. */
const tenSeconds = [
  ...["a", "b", "c", "d", "e", "f", "g"].map((name, n) => cpu("web-1", name, n / 10)),
  cpu("web-2", "postgres", 0.9),
  wait(10),
];

test("each host has its table of the five hungriest processes, the hungriest first", () => {
  const t = routes("./processes.ts");
  t.inject([...tenSeconds, ...tenSeconds]);
  const tables = t.sinks.stdout.filter(({ service }) => service === "top cpu");
  const table = (host: string) => tables.findLast((event) => event.host === host)?.description;
  assert.equal(table("web-1"), "60.0 % cpu g\n50.0 % cpu f\n40.0 % cpu e\n30.0 % cpu d\n20.0 % cpu c");
  assert.equal(table("web-2"), "90.0 % cpu postgres");
});

test("a process that has ended leaves the table after its ttl", () => {
  const t = routes("./processes.ts");
  t.inject([cpu("web-1", "cc", 1), cpu("web-1", "sshd", 0.1), wait(10)]);
  for (let n = 0; n < 5; n++) t.inject([cpu("web-1", "sshd", 0.1), wait(10)]);
  assert.equal(t.sinks.stdout.at(-1)?.description, "10.0 % cpu sshd");
});

test("a process that is hungrier takes the place of another", () => {
  const t = routes("./processes.ts");
  t.inject([...tenSeconds, cpu("web-1", "cc", 1), wait(10)]);
  const description = t.sinks.stdout.findLast(({ host }) => host === "web-1")?.description ?? "";
  assert.match(description, /^100\.0 % cpu cc\n/);
  assert.doesNotMatch(description, /cpu c$/);
});

test("memory has a table of its own", () => {
  const t = routes("./processes.ts");
  t.inject([cpu("web-1", "cc", 1), { host: "web-1", service: "memory java", metric: 0.5, ttl: 30 }, wait(10)]);
  assert.equal(t.sinks.stdout.findLast(({ service }) => service === "top memory")?.description, "50.0 % memory java");
});
