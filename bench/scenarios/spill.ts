import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";

const SCRIPT = fileURLToPath(new URL("../spill.js", import.meta.url));

/** What spill costs a target, in a process of its own; it prints its table itself. */
export const spill: Scenario = {
  name: "spill",
  about: "what spill costs a target that is well, or behind; a start with 1 GiB of it",
  async run() {
    console.log("\nSpill");
    const { status } = spawnSync(process.execPath, ["--max-semi-space-size=32", SCRIPT], { stdio: "inherit" });
    return { tables: [], isExact: status === 0 };
  },
};
