import { expectEvents, routes, test } from "fast-ts/testing";

const cpu = { host: "web-1", service: "cpu", metric: 0.5 };
const job = (state: string) => ({ host: "web-1", service: "backup", state });

test("metrics go to the centre, with their site", () => {
  const t = routes("./edge.ts");
  t.inject([cpu, cpu]);
  const sited = { ...cpu, attributes: { site: "berlin" } };
  expectEvents(t.sinks.forward, [sited, sited]);
});

test("of what has no metric changes alone go there", () => {
  const t = routes("./edge.ts");
  t.inject([job("ok"), job("ok"), job("critical"), job("critical"), job("ok")]);
  expectEvents(t.sinks.forward, [job("critical"), job("ok")]);
});
