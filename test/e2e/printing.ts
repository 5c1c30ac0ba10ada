import type { DaemonProcess } from "./daemon-process.ts";

/** A route file that prints every event as JSON, as `stdout()` does when it is no terminal. */
export const PRINTING = `import { pipeline, stdout } from "fast-ts";
pipeline("print", [stdout()]);
`;

/** An event as `stdout()` prints it. */
export interface Printed {
  readonly host: string | null;
  readonly service: string | null;
  readonly state: string | null;
  readonly metric: number | string | null;
  readonly time: number;
  readonly description: string | null;
  readonly ttl: number | null;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

export function printedEvents(daemon: DaemonProcess): Printed[] {
  return daemon.printed.map((line) => JSON.parse(line));
}

/** The event of a service, once it is printed. */
export function printedEvent(daemon: DaemonProcess, service: string): Promise<Printed> {
  return daemon.until(`the event ${service}`, () => printedEvents(daemon).find((event) => event.service === service));
}
