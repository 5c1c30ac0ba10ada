import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";

const SCRIPT = fileURLToPath(new URL("../sinks.js", import.meta.url));

/** What sinks make of events, in a process of its own; it prints its table itself. */
export const sinks: Scenario = {
  name: "sinks",
  about: "what sinks make of events: events a second of one core",
  async run() {
    console.log("\nWhat sinks make of events");
    spawnSync(process.execPath, ["--max-semi-space-size=32", SCRIPT], { stdio: "inherit" });
    return { tables: [], isExact: true };
  },
};
