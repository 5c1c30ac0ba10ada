import { at, expectEvents, type RoutesUnderTest, routes, test, wait } from "fast-ts/testing";

const action = (service: string, user: string) => ({ host: "web-1", service, tags: ["user"], attributes: { user } });

const twoSeconds = [
  at(0.2, action("click", "ann")),
  at(0.7, action("click", "ann")),
  at(0.9, action("click", "bob")),
  at(1.1, action("search", "bob")),
  at(1.5, action("click", "cy")),
  wait(0.5),
];

const printedBy = (t: RoutesUnderTest, pipeline: string) =>
  t.recorded.filter((one) => one.pipeline === pipeline).flatMap(({ events }) => events);

test("each second has the number of each action", () => {
  const t = routes("./activity.ts");
  t.inject(twoSeconds);
  expectEvents(printedBy(t, "actions per second"), [
    { service: "click", time: 1, metric: 3, host: null },
    { service: "click", time: 2, metric: 1 },
    { service: "search", time: 2, metric: 1 },
  ]);
});

test("each second has the number of users who did something", () => {
  const t = routes("./activity.ts");
  t.inject(twoSeconds);
  expectEvents(printedBy(t, "users per second"), [
    { service: "users", time: 1, metric: 2, host: null },
    { service: "users", time: 2, metric: 2 },
  ]);
});

test("ten seconds of zeros follow an action that nobody does any more", () => {
  const t = routes("./activity.ts");
  t.inject([action("click", "ann"), wait(60)]);
  const clicks = printedBy(t, "actions per second");
  expectEvents(clicks.slice(0, 2), [{ metric: 1 }, { metric: 0 }]);
  expectEvents(clicks.slice(-1), [{ time: 11, metric: 0 }]);
});

test("what machines do is no activity", () => {
  const t = routes("./activity.ts");
  t.inject([{ service: "cron", metric: 1 }, wait(5)]);
  expectEvents(t.sinks.stdout, []);
});
