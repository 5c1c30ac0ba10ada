import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { DeliveryFailure } from "../../src/delivery/failure.ts";
import { secret } from "../../src/delivery/secret.ts";
import { mask, Secrets } from "../../src/delivery/secret-mask.ts";

const ENV = { FTS_TEST_TOKEN: "s3cr3t+wörd/", FTS_TEST_EMPTY: "" };

test("a secret shows its name, however it is shown", () => {
  const token = secret("FTS_TEST_TOKEN");
  for (const shown of [JSON.stringify(token), JSON.stringify(inspect(token))])
    assert.equal(JSON.parse(shown), "secret(FTS_TEST_TOKEN)");
  assert.throws(() => `${token}`, /cannot be part of a text: write secret\("FTS_TEST_TOKEN", \(s\) => /);
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");

test("secrets of one name are the same target's unless they make something else of it", () => {
  const plain = secret("FTS_TEST_TOKEN");
  const one = secret("FTS_TEST_TOKEN", (s) => `${s}/one`);
  const two = secret("FTS_TEST_TOKEN", (s) => `${s}/two`);
  assert.equal(plain.key, "FTS_TEST_TOKEN");
  assert.equal(secret("FTS_TEST_TOKEN").key, plain.key);
  assert.equal(new Set([plain.key, one.key, two.key]).size, 3);
});

test("what a secret stands for is masked in what targets say, as it is, in a URL and in base64", () => {
  const value = ENV.FTS_TEST_TOKEN;
  const header = secret("FTS_TEST_TOKEN", (s) => `Bearer ${s}`).reveal(ENV);
  for (const form of [value, header, encodeURIComponent(value), base64(value), base64(header)]) {
    assert.equal(mask(`got ${form}.`).replace("Bearer ", ""), "got ***.");
    const { message, answer } = new DeliveryFailure("failed", `said ${form}`, { answer: "x".repeat(500) + form });
    for (const text of [message, answer]) assert.doesNotMatch(text, /s3c/);
    assert.match(answer, /^x+(Bearer )?\*\*\*$/, "nor is there what a cut leaves of it");
  }
});

test("the end of a text begins at no place inside a secret, however it comes, and a half one is kept", () => {
  const value = ENV.FTS_TEST_TOKEN;
  const hidden = new Secrets();
  hidden.add(value);
  for (const form of [value, value + value, encodeURIComponent(value), base64(value)])
    for (let behind = 0; behind <= 120; behind++)
      for (const step of [1, 7, 1000]) {
        const text = `${"-".repeat(99)}${form}${".".repeat(behind)}`;
        let end = "";
        for (let at = 0; at < text.length; at += step) end = hidden.endOutside(end + text.slice(at, at + step), 5);
        assert.match(hidden.mask(end), /^-*(\*\*\*)*\.*$/);
        assert.ok(end.endsWith(".".repeat(Math.min(behind, 5))) && end.length < 60);
      }
});

test("a secret is masked in the base64 of a longer text, wherever it stands in it", () => {
  secret("FTS_TEST_TOKEN").reveal(ENV);
  for (const before of ["u:", "me:", "you:"])
    for (const after of ["", "!", "!!", "!!!"]) {
      const masked = mask(base64(before + ENV.FTS_TEST_TOKEN + after));
      assert.match(masked, /^[^*]{2,6}\*\*\*[^*]{0,8}$/);
    }
});

test("an empty variable is none, and a name that no variable can have is refused", () => {
  assert.throws(() => secret("FTS_TEST_EMPTY").reveal(ENV), /^FastTsError: secret FTS_TEST_EMPTY is not there: set /);
  assert.throws(() => secret("API-TOKEN"), /must be the name of an environment variable, .* got "API-TOKEN"$/);
});
