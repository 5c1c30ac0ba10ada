import type { Site } from "../core/stage.ts";
import { coerceError } from "../errors.ts";

interface SecretCheck {
  /** Throws when something is wrong with what a secret stands for. */
  readonly check: () => void;
  readonly site: Site;
}

let collected: SecretCheck[] | null = null;

/**
 * Has `check` run once the route file has been tried out, for the daemon and `fast-ts check`; anywhere else secrets are not
 * looked at before they are used.
 *
 * @param caller - What is wrong has the place from where this function was called.
 */
export function checkWhenTriedOut(check: () => void, caller: (...args: never[]) => unknown): void {
  if (collected === null) return;
  const site: Site = {};
  Error.captureStackTrace(site, caller);
  collected.push({ check, site });
}

/** Evaluates something, and returns with its result what is wrong with the secrets in it, each with its place. */
export function withSecretChecks<T>(evaluate: () => T): { readonly result: T; readonly problems: readonly Error[] } {
  const checks: SecretCheck[] = [];
  collected = checks;
  try {
    const result = evaluate();
    return { result, problems: checks.flatMap((one) => problemOf(one) ?? []) };
  } finally {
    collected = null;
  }
}

function problemOf({ check, site: { stack = "" } }: SecretCheck): Error | null {
  try {
    check();
    return null;
  } catch (thrown) {
    return Object.assign(coerceError(thrown), { stack });
  }
}
