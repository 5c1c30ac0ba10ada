import { by, type Event, foldInterval, pipeline, rate, set, stdout, tagged } from "fast-ts";

// User activity, second by second. The application sends an event for each action, tagged "user": the action as its
// service, the user as an attribute. All windows are whole seconds of the clock, so that they can be compared.

pipeline("actions per second", [
  tagged("user"),
  set({ host: null, metric: 1 }),
  by("service", [rate(1, { idle: 10, align: "clock" })]),
  stdout(),
]);

const distinctUsers = (events: readonly Event[]) => new Set(events.map((event) => event.attributes.user)).size;

pipeline("users per second", [
  tagged("user"),
  foldInterval(1, (events) => events[0]?.with({ host: null, service: "users", metric: distinctUsers(events) }), {
    align: "clock",
  }),
  stdout(),
]);
