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
  expectEvents(t.sinks.email, [
    { host: "web-1", service: "shop", state: "exception", description: "web-1: NullPointerException at Cart.java:7" },
  ]);
});

test("a flood of exceptions is six mails: five at once, and all others at the hour's end", () => {
  const t = routes("./exceptions.ts");
  t.inject(Array.from({ length: 100 }, (_, n) => exception(`web-${n % 2}`, `number ${n}`)));
  const atOnce = ["web-0: number 0", "web-1: number 1", "web-0: number 2", "web-1: number 3", "web-0: number 4"];
  expectEvents(
    t.sinks.email,
    atOnce.map((description) => ({ description })),
  );
  t.inject([wait(3600)]);
  expectEvents(t.sinks.email.slice(5), [
    {
      host: "2 hosts",
      state: "95 exceptions",
      description: (text) => text.startsWith("web-1: number 5\n\nweb-0: number 6\n\n"),
    },
  ]);
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
