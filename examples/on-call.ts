import { alert, email, filter, map, pipeline } from "fast-ts";

// One mail when a disk is more than 90 % full, one every four hours while it stays so, and one when it has had room for
// five minutes.

pipeline("on call for disks", [
  filter(({ service, metric }) => metric !== null && (service ?? "").startsWith("disk ")),
  map((event) => event.with({ state: (event.metric ?? 0) > 0.9 ? "critical" : "ok" })),
  alert([email("ops@example.com")], { hold: 300 }),
]);
