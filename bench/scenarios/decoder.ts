import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";

const SCRIPT = fileURLToPath(new URL("../decoder.js", import.meta.url));

/** The decoder alone, in a process of its own; it prints its table itself. */
export const decoder: Scenario = {
  name: "decoder",
  about: "the decoder alone: ns per event",
  async run() {
    console.log("\nThe decoder alone");
    spawnSync(process.execPath, ["--max-semi-space-size=32", SCRIPT], { stdio: "inherit" });
    return { tables: [], isExact: true };
  },
};
