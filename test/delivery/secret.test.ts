import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { DeliveryFailure } from "../../src/delivery/failure.ts";
import { mask, secret } from "../../src/delivery/secret.ts";

const ENV = { FTS_TEST_TOKEN: "s3cr3t+wörd/", FTS_TEST_EMPTY: "" };

test("a secret shows its name, however it is shown", () => {
  const token = secret("FTS_TEST_TOKEN");
  for (const shown of [JSON.stringify(token), JSON.stringify(inspect(token))])
    assert.equal(JSON.parse(shown), "secret(FTS_TEST_TOKEN)");
  assert.throws(() => `${token}`, /cannot be part of a text: write secret\("FTS_TEST_TOKEN", \(s\) => /);
});

test("what a secret stands for is masked in what targets say, as it is, in a URL and in base64", () => {
  const header = secret("FTS_TEST_TOKEN", (s) => `Bearer ${s}`).reveal(ENV);
  const forms = [ENV.FTS_TEST_TOKEN, header, encodeURIComponent(ENV.FTS_TEST_TOKEN)];
  for (const form of [...forms, ...forms.map((one) => Buffer.from(one).toString("base64"))]) {
    assert.equal(mask(`got ${form}.`).replace("Bearer ", ""), "got ***.");
    const { message, answer } = new DeliveryFailure("failed", `said ${form}`, { answer: "x".repeat(500) + form });
    for (const text of [message, answer]) assert.doesNotMatch(text, /s3c/);
    assert.match(answer, /^x+(Bearer )?\*\*\*$/, "nor is there what a cut leaves of it");
  }
});

test("an empty variable is none, and a name that no variable can have is refused", () => {
  assert.throws(() => secret("FTS_TEST_EMPTY").reveal(ENV), /^FastTsError: secret FTS_TEST_EMPTY is not there: set /);
  assert.throws(() => secret("API-TOKEN"), /must be the name of an environment variable, .* got "API-TOKEN"$/);
});
