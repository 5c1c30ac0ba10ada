import type { Client } from "./client.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import type { Tally } from "./load.ts";

/**
 * A file for route files to import: `count(name)` counts the events that a load sent and adds up their metrics, for as
 * long as its state lives, and prints both when it is asked by an event of the service `report`.
 */
export const COUNTING = `
import { stage } from "fast-ts";
export const count = (name: string) =>
  stage("count", ({ emit }) => {
    let n = 0;
    let sum = 0;
    return (e) => {
      if (e.service === "report") process.stdout.write(["counted", name, e.state, n, sum].join(" ") + "\\n");
      else if (e.host?.startsWith("load-")) {
        n++;
        sum += e.metric ?? 0;
      }
      emit(e);
    };
  });
`;

/** A route file whose one pipeline counts, with `before` its first stages. */
export function countingRoute(name: string, before = ""): string {
  return `import { filter, map, pipeline, stage } from "fast-ts";
import { count } from "./_count.ts";
pipeline("${name}", [${before}count("${name}")]);
`;
}

let asked = 0;

/** What the pipeline `name` has counted, once all that was sent before has got there. */
export async function counted(daemon: DaemonProcess, client: Client, name: string): Promise<Tally> {
  const token = `ask-${asked++}`;
  await client.send({ service: "report", state: token });
  const head = `counted ${name} ${token} `;
  const line = await daemon.until(head, () => daemon.printed.find((one) => one.startsWith(head)));
  const [n, sum] = line.slice(head.length).split(" ").map(Number);
  return { n: n ?? Number.NaN, sum: sum ?? Number.NaN };
}
