import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FastTsError } from "../../src/errors.ts";
import { readToken, type TokenOptions } from "../../src/http/token.ts";

const NONE: TokenOptions = { httpToken: false, httpTokenFile: false, httpOpen: false };

function fileWith(t: TestContext, text: string): string {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-token-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "token"), text);
  return join(dir, "token");
}

const refused =
  (pattern: RegExp, code = "FTS_OPTION") =>
  (error: unknown) =>
    error instanceof FastTsError && error.code === code && pattern.test(error.message);

test("the token is the option's, or what the file holds without blanks and line ends around it", async (t) => {
  assert.equal(await readToken(NONE), null);
  assert.equal(await readToken({ ...NONE, httpToken: "a" }), "a");
  assert.equal(await readToken({ ...NONE, httpTokenFile: fileWith(t, " s3cret\r\n\n") }), "s3cret");
});

test("a file without a token is refused by name, and what it holds is not shown", async (t) => {
  for (const [text, why] of [
    ["", /it is empty/],
    [" \n", /it is empty/],
    ["two words", /blanks, line ends/],
    ["a\nb", /blanks, line ends/],
    ["schlüssel", /other characters/],
  ] as const) {
    const path = fileWith(t, text);
    await assert.rejects(readToken({ ...NONE, httpTokenFile: path }), (error) => {
      assert.ok(refused(why, "FTS_START")(error) && error instanceof FastTsError && error.message.includes(path));
      return text.trim() === "" || !error.message.includes(text);
    });
  }
  await assert.rejects(
    readToken({ ...NONE, httpTokenFile: "/not/there" }),
    refused(/cannot read the token: ENOENT.*\/not\/there/, "FTS_START"),
  );
});

test("two tokens, and one beside http-open, contradict each other", async () => {
  await assert.rejects(readToken({ ...NONE, httpToken: "a", httpTokenFile: "b" }), refused(/two tokens/));
  await assert.rejects(readToken({ ...NONE, httpToken: "a", httpOpen: true }), refused(/http-open/));
  await assert.rejects(readToken({ ...NONE, httpTokenFile: "b", httpOpen: true }), refused(/http-open/));
  assert.equal(await readToken({ ...NONE, httpOpen: true }), null);
});
