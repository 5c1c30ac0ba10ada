import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { ROOT } from "../sources.ts";

/** What a built suite came to. */
export interface SuiteResult {
  readonly seconds: number;
  /** The names of failed tests; "the suite" when it ended with an error and none failed. */
  readonly failed: readonly string[];
  /** What the reporter says of them. */
  readonly report: string;
}

/** Runs `test:unit` or `test:e2e` of the package. */
export async function runSuite(name: "unit" | "e2e", more: NodeJS.ProcessEnv = {}): Promise<SuiteResult> {
  const begun = performance.now();
  // The variable of the test runner this runs in: with it a runner below reports in another format.
  const { NODE_TEST_CONTEXT: _, ...env } = { ...process.env, ...more };
  const child = spawn("npm", ["run", "-s", `test:${name}`], { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  const report = out.split("✖ failing tests:")[1] ?? "";
  const named = [...report.matchAll(/^\s*✖ (.*) \(.*\)$/gm)].map(([, test = ""]) => test);
  const failed = code === 0 ? [] : named.length > 0 ? named : ["the suite"];
  return { seconds: (performance.now() - begun) / 1000, failed, report };
}
