import { checkOption, type Rule } from "../core/option.ts";
import { Secret } from "../delivery/secret.ts";
import { checkWhenTriedOut } from "../delivery/secret-checks.ts";
import { FastTsError } from "../errors.ts";

/**
 * Checks an option that takes a text or a secret: a text at once, what a secret stands for when the routes are tried out.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` unless it keeps `rule` or is a secret.
 */
export function checkTextOrSecret(sink: string, option: string, value: unknown, rule: Rule): void {
  if (value instanceof Secret) checkRevealed(sink, option, value, rule);
  else checkOption(sink, option, value, { ...rule, must: `${rule.must} or a secret("NAME")` });
}

/** Checks what a secret stands for when the routes are tried out; the value itself is not told. */
export function checkRevealed(sink: string, option: string, secret: Secret, { must, test }: Rule): void {
  checkWhenTriedOut(() => {
    const value = revealed(secret);
    if (value === null || test(value)) return;
    throw new FastTsError("FTS_STAGE_OPTION", `${sink}(${option}): what ${secret.toJSON()} stands for must be ${must}`);
  }, checkRevealed);
}

/** Null when there is none, which is told where the secret is named. */
function revealed(secret: Secret): string | null {
  try {
    return secret.reveal();
  } catch {
    return null;
  }
}

/** What a target is told apart by when it is a text or a secret. */
export function addressOf(target: string | Secret): string {
  return typeof target === "string" ? target : `secret ${target.key}`;
}

/** The values of the secrets among these, to be masked wherever they show. */
export function hiddenOf(...given: readonly (string | Secret)[]): string[] {
  return given.flatMap((one) => (typeof one === "string" ? [] : [one.reveal()]));
}
