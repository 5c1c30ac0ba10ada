import { expectEvents, routes, test, wait } from "fast-ts/testing";

const disk = (metric: number) => ({ host: "db1", service: "disk /var", metric });

test("a full disk is mailed once, and so is its recovery", () => {
  const t = routes("./disks.ts");
  t.inject([disk(0.95), wait(200), disk(0.96), wait(200), disk(0.97), wait(200), disk(0.5), wait(300)]);
  expectEvents(t.sinks.email, [
    { service: "disk /var", state: "critical", metric: 0.95 },
    { service: "disk /var", state: "ok", metric: 0.5 },
  ]);
});

test("a disk that is full for a minute is not mailed", () => {
  const t = routes("./disks.ts");
  t.inject([disk(0.95), wait(60), disk(0.5), wait(3600)]);
  expectEvents(t.sinks.email, []);
});
