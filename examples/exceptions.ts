import { by, email, pipeline, rollup, taggedAny } from "fast-ts";

// A mail for every exception of an application: the first five of an hour at once, further ones gathered in one mail
// at the hour's end, so that a bad deployment does not fill the mailbox. Each application counts for itself.

pipeline("a mail for every exception", [
  taggedAny(["exception", "error"]),
  by("service", [rollup(5, 3600)]),
  email("dev@example.com", {
    subject: (event, events) =>
      `${events.length === 1 ? "exception" : `${events.length} exceptions`} in ${event.service}`,
  }),
]);
