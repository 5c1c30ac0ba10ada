import assert from "node:assert/strict";
import { test } from "node:test";
import { routes, wait } from "fast-ts/testing";

const exception = (host: string, description: string, service = "shop") => ({
  host,
  service,
  description,
  tags: ["exception"],
});

test("an exception is mailed at once", () => {
  const t = routes("./exceptions.ts");
  t.inject([exception("web-1", "NullPointerException at Cart.java:7")]);
  assert.equal(t.sinks.email[0]?.description, "web-1: NullPointerException at Cart.java:7");
});

test("a flood of exceptions is six mails: five at once, and all others at the hour's end", () => {
  const t = routes("./exceptions.ts");
  t.inject(Array.from({ length: 100 }, (_, n) => exception(`web-${n % 2}`, `number ${n}`)));
  assert.equal(t.sinks.email.length, 5);
  t.inject([wait(3600)]);
  assert.equal(t.sinks.email.length, 6);
  assert.equal(t.sinks.email[5]?.host, "2 hosts");
  assert.equal(t.sinks.email[5]?.state, "95 exceptions");
  assert.match(t.sinks.email[5]?.description ?? "", /^web-1: number 5\n\nweb-0: number 6\n/);
});

test("the flood of one application keeps nobody from hearing of another", () => {
  const t = routes("./exceptions.ts");
  t.inject([
    ...Array.from({ length: 100 }, () => exception("web-1", "again")),
    exception("db-1", "disk full", "billing"),
  ]);
  assert.equal(t.sinks.email[5]?.service, "billing");
});

test("what is no exception is not mailed", () => {
  const t = routes("./exceptions.ts");
  t.inject([{ service: "shop", state: "ok", tags: ["deploy"] }, wait(3600)]);
  assert.deepEqual(t.sinks.email, []);
});
