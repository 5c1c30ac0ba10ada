import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "../scenario.ts";

const SCRIPT = fileURLToPath(new URL("../bricks.js", import.meta.url));

/** The longest messages of one field each, in a process of its own; it prints its table itself. */
export const bricks: Scenario = {
  name: "bricks",
  about: "16 MiB of each field: ms to check and to decode",
  isPart: true,
  async run() {
    console.log("\n16 MiB of one field");
    spawnSync(process.execPath, ["--max-semi-space-size=32", SCRIPT], { stdio: "inherit" });
    return { tables: [], isExact: true };
  },
};
