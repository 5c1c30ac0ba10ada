import { by, changedState, type Event, email, pipeline, throttle, where } from "fast-ts";

// A route file is TypeScript: name what you mean, import what you need.
const isCritical = (event: Event) => event.state === "critical";

// Tells the operators when a service of a host becomes critical: once, not with every event that says so.
pipeline("Alerts", [
  // Only events that carry a state; a plain metric has none.
  where(
    (event) => event.state !== null,
    [
      // Each host gets stages of its own, started with its first event.
      by("host", [
        // Passes an event when its service's state is not what it was; "ok" is what a new service is taken to have been.
        changedState({ init: "ok" }),
        // Recoveries end here, so that nothing is mailed while all is well. A service that goes up and down all day is
        // told of five times an hour. The mail server is the one that FTS_SMTP_URL
        // names, smtp://user:password@mail.example.com:587 for instance.
        where(isCritical, [throttle(5, 3600), email("ops@example.com")]),
      ]),
    ],
  ),
]);
