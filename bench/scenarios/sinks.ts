import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";

const SCRIPTS = ["sinks.js", "sinks-sent.js"].map((name) => fileURLToPath(new URL(`../${name}`, import.meta.url)));

/** What sinks make of events, and what sending takes on top, each in a process of its own that prints its table itself. */
export const sinks: Scenario = {
  name: "sinks",
  about: "what sinks make of events, and send: events a second of one core; bytes of an event that waits",
  async run() {
    console.log("\nWhat sinks make of events, and send");
    const runs = SCRIPTS.map((script) =>
      spawnSync(process.execPath, ["--max-semi-space-size=32", script], { stdio: "inherit" }),
    );
    return { tables: [], isExact: runs.every(({ status }) => status === 0) };
  },
};
