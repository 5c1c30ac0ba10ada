import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { shellWord } from "../../src/text/shell-word.ts";

test("a shell takes it as one word, whatever is in it", () => {
  const texts = ["my/routes", "my routes", "it's $HOME", '"*"', "a;b", "../fast-ts-0.1.0.tgz", "é", "a\nb"];
  const words = texts.map(shellWord).join(" ");
  const taken = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${words}`], { encoding: "utf8" });
  assert.deepEqual(taken.split("\0").slice(0, -1), texts);
  assert.equal(shellWord("../a/b-1.tgz"), "../a/b-1.tgz");
});
