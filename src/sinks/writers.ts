import type { WriterKinds } from "../core/target-port.ts";

/** The writers of targets that have one in the process, by the `kind` of their specs: modules that export `open`. */
export const WRITERS: WriterKinds = {
  alertmanager: Object.assign(() => import("./alertmanager-writer.ts"), { isEager: true }),
  discord: () => import("./discord-writer.ts"),
  email: () => import("./smtp.ts"),
  exec: () => import("./exec-writer.ts"),
  file: () => import("./file-writer.ts"),
  prometheus: () => import("./prometheus-writer.ts"),
  jsm: () => import("./jsm-writer.ts"),
  ntfy: () => import("./ntfy-writer.ts"),
  pagerduty: () => import("./pagerduty-writer.ts"),
  pushover: () => import("./pushover-writer.ts"),
  redis: () => import("./redis-writer.ts"),
  slack: () => import("./slack-writer.ts"),
  teams: () => import("./teams-writer.ts"),
  telegram: () => import("./telegram-writer.ts"),
};
