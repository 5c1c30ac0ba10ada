import { alert, alertmanager, email, filter, map, pipeline } from "fast-ts";

// When a disk is more than 90 % full: Alertmanager and a mail; another mail every four hours while it stays so; both are told
// when it has had room for five minutes.

pipeline("on call for disks", [
  filter(({ service, metric }) => metric !== null && (service ?? "").startsWith("disk ")),
  map((event) => event.with({ state: (event.metric ?? 0) > 0.9 ? "critical" : "ok" })),
  alert([alertmanager("http://alertmanager.example.com:9093"), email("ops@example.com")], { hold: 300 }),
]);
