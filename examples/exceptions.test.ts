import assert from "node:assert/strict";
import { expectEvents, routes, test, wait } from "fast-ts/testing";

const exception = (host: string, description: string, service = "shop") => ({
  host,
  service,
  description,
  tags: ["exception"],
});

test("an exception is mailed at once", () => {
  const t = routes("./exceptions.ts");
  t.inject([exception("web-1", "NullPointerException at Cart.java:7")]);
  expectEvents(t.sinks.email, [{ service: "shop", description: "NullPointerException at Cart.java:7" }]);
});

test("a flood of exceptions is six mails: five at once, and all others at the hour's end", () => {
  const t = routes("./exceptions.ts");
  t.inject(Array.from({ length: 100 }, (_, n) => exception(`web-${n % 2}`, `number ${n}`)));
  const eventsOfMails = () => t.recorded.map(({ events }) => events.length);
  assert.deepEqual(eventsOfMails(), [1, 1, 1, 1, 1]);
  t.inject([wait(3600)]);
  assert.deepEqual(eventsOfMails(), [1, 1, 1, 1, 1, 95]);
  expectEvents(t.sinks.email.slice(-1), [{ host: "web-1", description: "number 99" }]);
});

test("the flood of one application keeps nobody from hearing of another", () => {
  const t = routes("./exceptions.ts");
  t.inject(Array.from({ length: 100 }, () => exception("web-1", "again")));
  t.inject([exception("db-1", "disk full", "billing")]);
  expectEvents(t.sinks.email.slice(5), [{ service: "billing" }]);
});

test("what is no exception is not mailed", () => {
  const t = routes("./exceptions.ts");
  t.inject([{ service: "shop", state: "ok", tags: ["deploy"] }, wait(3600)]);
  expectEvents(t.sinks.email, []);
});
