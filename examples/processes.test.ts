import { expectEvents, routes, test, wait } from "fast-ts/testing";

const cpu = (host: string, process: string, metric: number) => ({ host, service: `cpu ${process}`, metric, ttl: 30 });

/** What the agents of two hosts send every ten seconds. */
const tenSeconds = [
  ...["a", "b", "c", "d", "e", "f", "g"].map((name, n) => cpu("web-1", name, n / 10)),
  cpu("web-2", "postgres", 0.9),
  wait(10),
];

test("each host has its table of the five hungriest processes, the hungriest first", () => {
  const t = routes("./processes.ts");
  t.inject(tenSeconds);
  expectEvents(t.sinks.stdout.slice(-2), [
    {
      host: "web-1",
      service: "top cpu",
      metric: 0.6,
      description: "60.0 % cpu g\n50.0 % cpu f\n40.0 % cpu e\n30.0 % cpu d\n20.0 % cpu c",
    },
    { host: "web-2", service: "top cpu", metric: 0.9, description: "90.0 % cpu postgres" },
  ]);
});

test("a process that is hungrier takes the place of another", () => {
  const t = routes("./processes.ts");
  t.inject([...tenSeconds, cpu("web-1", "cc", 1), wait(10)]);
  expectEvents(t.sinks.stdout.slice(-2), [
    { host: "web-1", description: "100.0 % cpu cc\n60.0 % cpu g\n50.0 % cpu f\n40.0 % cpu e\n30.0 % cpu d" },
    { host: "web-2", description: "90.0 % cpu postgres" },
  ]);
});

test("a process that has ended leaves the table after its ttl", () => {
  const t = routes("./processes.ts");
  t.inject([cpu("web-1", "cc", 1), cpu("web-1", "sshd", 0.1), wait(10)]);
  for (let n = 0; n < 5; n++) t.inject([cpu("web-1", "sshd", 0.1), wait(10)]);
  expectEvents(t.sinks.stdout.slice(-1), [{ description: "10.0 % cpu sshd" }]);
});

test("memory has a table of its own", () => {
  const t = routes("./processes.ts");
  t.inject([cpu("web-1", "cc", 1), { host: "web-1", service: "memory java", metric: 0.5 }, wait(10)]);
  expectEvents(t.sinks.stdout.slice(-2), [
    { service: "top cpu", description: "100.0 % cpu cc" },
    { service: "top memory", description: "50.0 % memory java" },
  ]);
});
