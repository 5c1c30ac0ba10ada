import { by, combine, type Event, email, pipeline, rollup, taggedAny } from "fast-ts";

// A mail for every exception of an application: the first five of an hour at once, further ones gathered in one mail
// at the hour's end, so that a bad deployment does not fill the mailbox. Each application counts for itself.

/** All exceptions of a list in one event: what its mail says. */
const digest = (events: readonly Event[]) => {
  const hosts = [...new Set(events.map((event) => event.host))];
  return events[0]?.with({
    host: hosts.length === 1 ? hosts[0] : `${hosts.length} hosts`,
    state: events.length === 1 ? "exception" : `${events.length} exceptions`,
    description: events.map((event) => `${event.host}: ${event.description}`).join("\n\n"),
  });
};

pipeline("a mail for every exception", [
  taggedAny(["exception", "error"]),
  by("service", [rollup(5, 3600), combine(digest)]),
  email("dev@example.com"),
]);
