import { declareTests } from "./unit-tests.ts";

const { test } = await import("node:test"); // after what is imported above

/*
 * All of them, one after the other, and then the CPU of each file that took the most: its tests, its threads and what was
 * loaded first for it, but not the processes that it started.
 */
const MAX_SHOWN = 40;
const costs: { readonly file: string; readonly milliseconds: number }[] = [];
let before = process.cpuUsage();

await declareTests("all", async (file) => {
  await test(`the tests of ${file} are over`, () => {});
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  costs.push({ file, milliseconds: (user + system) / 1000 });
});

process.on("exit", () => {
  const dearest = costs.toSorted((a, b) => b.milliseconds - a.milliseconds);
  const sum = costs.reduce((all, { milliseconds }) => all + milliseconds, 0);
  console.log(`CPU: ${(sum / 1000).toFixed(1)} s in ${costs.length} files`);
  for (const { file, milliseconds } of dearest.slice(0, MAX_SHOWN))
    console.log(`${milliseconds.toFixed().padStart(6)} ms  ${file}`);
});
