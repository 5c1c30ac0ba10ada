import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fdWriter } from "../../src/text/fd-writer.ts";

const DESCRIPTOR = fileURLToPath(new URL("../../src/text/fd-writer.js", import.meta.url));

/** A process that writes 300,000 characters to its standard output, which is a pipe, runs `after`, and tells what came of it by stderr. */
function writer(after: string) {
  const program = `
    import { writeSync } from "node:fs";
    import { fdWriter } from ${JSON.stringify(DESCRIPTOR)};
    const write = fdWriter(1);
    write("x".repeat(300_000), (error) => writeSync(2, error === undefined ? "written" : error.code));
    ${after}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "pipe"] });
  return { child, told: text(child.stderr), exit: once(child, "exit") };
}

test("a file gets the text whole", async () => {
  const directory = mkdtempSync(join(tmpdir(), "fast-ts-"));
  const file = join(directory, "out");
  const fd = openSync(file, "w");
  const error = await new Promise((resolve) => fdWriter(fd)("é".repeat(100_000), resolve));
  closeSync(fd);
  assert.equal(error, undefined);
  assert.equal(readFileSync(file, "utf8"), "é".repeat(100_000));
  rmSync(directory, { recursive: true });
});

test("a pipe gets the text whole", async () => {
  const { child, told } = writer("");
  const read = await text(child.stdout);
  assert.deepEqual([await told, read.length], ["written", 300_000]);
});

test("a pipe that nobody reads does not hold up the exit", async () => {
  const { child, told, exit } = writer("setImmediate(() => process.exit(7));");
  assert.deepEqual([await told, (await exit)[0]], ["", 7]);
  child.stdout.destroy();
});

test("a reader that has gone is an error", async () => {
  const { child, told, exit } = writer("");
  child.stdout.destroy();
  assert.deepEqual([await told, (await exit)[0]], ["EPIPE", 0]);
});
