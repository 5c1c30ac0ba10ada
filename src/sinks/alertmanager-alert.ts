import { isoTime } from "../core/iso-time.ts";
import type { AlertMark } from "../delivery/alert-mark.ts";

/** What Alertmanager does not hear of for longer is over: four renewals may fail. */
export const LIFE_SECONDS = 300;

/** An alert as Alertmanager takes it, and what it is told apart by: plain, for it crosses threads. */
export interface AlertmanagerAlert {
  readonly key: string;
  readonly isOver: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Unix seconds. */
  readonly since: number;
  readonly link: string | null;
  readonly alerts: readonly AlertMark[];
}

/** https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, postableAlert */
export function shown({ labels, annotations, since, link }: AlertmanagerAlert, end: number): unknown {
  const times = { startsAt: isoTime(since), endsAt: isoTime(end) };
  return { labels, annotations, ...times, ...(link !== null && { generatorURL: link }) };
}

/** What it is told of an alert when that is heard of. */
export function shownNow(alert: AlertmanagerAlert, now: number): unknown {
  return shown(alert, alert.isOver ? now : now + LIFE_SECONDS);
}
