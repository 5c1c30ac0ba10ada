import { by, changedState, email, filter, map, pipeline, stable } from "fast-ts";

// Mails the operators when a disk has been more than 90 % full for five minutes, and again when it has room.

pipeline("full disks", [
  filter(({ service, metric }) => metric !== null && (service ?? "").startsWith("disk ")),
  map((event) => event.with({ state: (event.metric ?? 0) > 0.9 ? "critical" : "ok" })),
  by(["host", "service"], [stable(300, "state"), changedState({ init: "ok" })]),
  email("ops@example.com"),
]);
