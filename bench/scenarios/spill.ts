import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";

const SCRIPTS = ["spill.js", "spill-start.js"].map((name) => fileURLToPath(new URL(`../${name}`, import.meta.url)));

/** What spill costs a target, and a start with much of it, each in a process of its own that prints its figures itself. */
export const spill: Scenario = {
  name: "spill",
  about: "what spill costs a target that is well, or behind; a start with 1 GiB of it",
  async run() {
    console.log("\nSpill");
    const runs = SCRIPTS.map((script) =>
      spawnSync(process.execPath, ["--max-semi-space-size=32", script], { stdio: "inherit" }),
    );
    return { tables: [], isExact: runs.every(({ status }) => status === 0) };
  },
};
