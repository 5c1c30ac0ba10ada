import { realpathSync } from "node:fs";
import { basename, parse } from "node:path";
import { pathToFileURL } from "node:url";
import { strayPipeline } from "./core/pipeline.ts";

/** Says at the end of the process what to do when its main script declared pipelines: running it alone runs none of them. */
export function tellWhatIsNotRun(): void {
  process.once("exit", (code) => {
    const script = process.argv[1];
    const pipeline = strayPipeline();
    if (code !== 0 || pipeline === null || script === undefined || isTest(script)) return;
    if (!isDeclaredIn(script, pipeline.declaredAt)) return;
    const { name, dir } = parse(script);
    const rename = script.endsWith(".ts") ? "" : `rename ${basename(script)} to ${name}.ts and `;
    console.error(
      `fast-ts: pipeline ${JSON.stringify(pipeline.name)} is declared, but nothing runs it: ` +
        `${rename}run fast-ts start --route-dir ${JSON.stringify(dir)}`,
    );
    process.exitCode = 1;
  });
}

/** A test may declare what it looks at. */
function isTest(script: string): boolean {
  return process.env.NODE_TEST_CONTEXT !== undefined || /\.(test|spec)\.[^.]+$/.test(script);
}

function isDeclaredIn(script: string, stack: string): boolean {
  const file = realpathSync(script);
  return stack.includes(file) || stack.includes(pathToFileURL(file).href);
}
